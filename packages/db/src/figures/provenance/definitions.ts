import type { ReceiptFigure } from "@twin/contracts/receipts";
import { isNewWithin } from "../../people/users/created.ts";
import { installationsOf, meanSeconds, newUsersOf } from "../days/define.ts";

/** What a figure is: its sentence, where it comes from, and the same again from raw rows. */
export type Definition = {
  sentence: string;
  table: string;
  /** Raw rows that count, over the day `f` (lo, hi, lo_id, hi_id), as a condition on `r`. */
  rows: string;
  /** The figure over the facts `fresh` and the day `f`. */
  recompute: string;
};

const byId = "r.id >= f.lo_id and r.id < f.hi_id";
const byTime = "r.created_at >= f.lo and r.created_at < f.hi";
const sum = (column: string) => `(select coalesce(sum(${column}), 0)::int from fresh)`;

/** Answers by what they say, of facts. */
export const answersOf = (facts: string): string =>
  `jsonb_build_object('yes', coalesce(sum(${facts}.helpful_yes), 0), 'no', coalesce(sum(${facts}.helpful_no), 0))`;

/** One definition a figure; docs/METRICS.md has a section for each, which says more. */
export const definitions: Record<ReceiptFigure, Definition> = {
  total_active_users: {
    sentence: "People of whom at least one session started on the day, each counted once.",
    table: "sessions",
    rows: byId,
    recompute: "(select count(distinct n)::int from fresh where sessions > 0 and n > 0)",
  },
  new_users: {
    sentence: "People whose record was created on the day, or who began on it where no sender said when.",
    table: "users",
    rows: isNewWithin("r", "f.lo", "f.hi"),
    recompute: newUsersOf,
  },
  total_sessions: {
    sentence: "Sessions that started on the day, named by the sender or derived from moments at most 30 minutes apart.",
    table: "sessions",
    rows: byId,
    recompute: sum("sessions"),
  },
  total_conversations: {
    sentence: "Activities of the type conversation that started on the day.",
    table: "activities",
    rows: `${byId} and r.activity_type = 'conversation'`,
    recompute: sum("conversations"),
  },
  total_messages: {
    sentence: "Messages created on the day, by people and by twins.",
    table: "messages",
    rows: byId,
    recompute: sum("user_messages + twin_messages"),
  },
  total_documents_drafted: {
    sentence: "Documents created on the day.",
    table: "documents",
    rows: byTime,
    recompute: sum("documents"),
  },
  total_queries: {
    sentence: "Queries created on the day.",
    table: "queries",
    rows: byTime,
    recompute: sum("queries"),
  },
  total_shared_interactions: {
    sentence: "Uses of a twin by someone other than its owner, created on the day.",
    table: "shared_twin_interactions",
    rows: byTime,
    recompute: sum("shared_interactions"),
  },
  avg_session_duration_seconds: {
    sentence:
      "Mean length of the sessions started on the day that have ended, in whole seconds, rounded half up; 0 if none ended.",
    table: "sessions",
    rows: `${byId} and r.ended_at is not null`,
    recompute: `(select (${meanSeconds("session_seconds", "ended_sessions")})::int from (
      select coalesce(sum(session_seconds), 0)::bigint as session_seconds, coalesce(sum(ended_sessions), 0)::bigint as ended_sessions from fresh
    ) t)`,
  },
  total_twin_installations: {
    sentence: "Installations of twins that stood at the end of the day.",
    table: "twin_installations",
    rows: "r.installed_at < f.hi and (r.uninstalled_at is null or r.uninstalled_at >= f.hi)",
    recompute: installationsOf,
  },
  helpful: {
    sentence: "Shared interactions created on the day that were answered with helpful or not helpful.",
    table: "shared_twin_interactions",
    rows: `${byTime} and r.was_helpful is not null`,
    recompute: `(select ${answersOf("fresh")} from fresh)`,
  },
  platform_breakdown: {
    sentence: "Sessions that started on the day, by platform; platforms without one are left out.",
    table: "sessions",
    rows: byId,
    recompute: `(select coalesce(jsonb_object_agg(platform, sessions), '{}') from (
      select platform, sum(sessions)::int as sessions from fresh group by platform having sum(sessions) > 0
    ) t)`,
  },
};
