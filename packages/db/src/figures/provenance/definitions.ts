import { dayFigures, type DayFigure, type FactSum, factSums } from "@twin/contracts/figures";
import type { ReceiptFigure } from "@twin/contracts/receipts";
import { isNewWithin } from "../../people/users/created.ts";
import { recordKinds } from "../../records/kinds.ts";
import { addedUp, meanSeconds, ownOf } from "../days/define.ts";

/** What a figure is: its sentence, where it comes from, and the same again from raw rows. */
export type Definition = {
  sentence: string;
  table: (typeof dayFigures)[DayFigure]["source"];
  /** Raw rows that count, over the day `f` (lo, hi, lo_id, hi_id), as a condition on `r`. */
  rows: string;
  /** The figure over the facts `fresh` and the day `f`. */
  recompute: string;
};

/** Answers by what they say, of facts. */
export const answersOf = (facts: string): string =>
  `jsonb_build_object('yes', coalesce(sum(${facts}.helpful_yes), 0), 'no', coalesce(sum(${facts}.helpful_no), 0))`;

/** Which rows of its table a figure counts, where it isn't all of the day. */
const counted: Partial<Record<ReceiptFigure, string>> = {
  total_conversations: "r.activity_type = 'conversation'",
  avg_session_duration_seconds: "r.ended_at is not null",
  helpful: "r.was_helpful is not null",
};

/** The rows `r` of a table that are of the day `f`. */
function rowsOf(table: Definition["table"]): string {
  if (table === "users") return isNewWithin("r", "f.lo", "f.hi");
  if (table === "twin_installations")
    return "r.installed_at < f.hi and (r.uninstalled_at is null or r.uninstalled_at >= f.hi)";
  const { id, at } = recordKinds[table];
  return id === "id" ? "r.id >= f.lo_id and r.id < f.hi_id" : `r.${at} >= f.lo and r.${at} < f.hi`;
}

/** Figures that aren't a sum of facts. */
const others: Record<Exclude<ReceiptFigure, FactSum>, string> = {
  total_active_users: "(select count(distinct n)::int from fresh where sessions > 0 and n > 0)",
  new_users: ownOf("new_users"),
  total_twin_installations: ownOf("total_twin_installations"),
  avg_session_duration_seconds: `(select (${meanSeconds("session_seconds", "ended_sessions")})::int from (
      select coalesce(sum(session_seconds), 0)::bigint as session_seconds, coalesce(sum(ended_sessions), 0)::bigint as ended_sessions from fresh
    ) t)`,
  helpful: `(select ${answersOf("fresh")} from fresh)`,
  platform_breakdown: `(select coalesce(jsonb_object_agg(platform, sessions), '{}') from (
      select platform, sum(sessions)::int as sessions from fresh group by platform having sum(sessions) > 0
    ) t)`,
};

const isFactSum = (figure: ReceiptFigure): figure is FactSum => (factSums as readonly string[]).includes(figure);

/** How shared interactions were answered isn't stored by day. */
const helpful = {
  meaning: "Shared interactions created on the day that were answered with helpful or not helpful.",
  source: "shared_twin_interactions",
} as const;

/** The definition of a figure, which stands in the catalogue (contracts, `figures.ts`). */
export function definitionOf(figure: ReceiptFigure): Definition {
  const { meaning, source } = figure === "helpful" ? helpful : dayFigures[figure];
  return {
    sentence: meaning,
    table: source,
    rows: [rowsOf(source), ...(counted[figure] ? [counted[figure]] : [])].join(" and "),
    recompute: isFactSum(figure)
      ? `(select coalesce(sum(${addedUp("fresh", figure)}), 0)::int from fresh)`
      : others[figure],
  };
}
