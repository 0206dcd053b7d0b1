import { sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import { DomainError } from "../errors.ts";
import { statement } from "../../postgres/statement.ts";

/** What decides which day of an organisation an instant belongs to, and which days are final. */
export type Calendar = {
  time_zone: string;
  /** The argument of `day_of` and `start_of`, as PostgreSQL writes it: the zone, and the zones of sealed days. */
  day_rule: string;
  sealed_from: string | null;
  sealed_before: string | null;
  figures_at: string | null;
  /** The local day up to which figures are current: that of `figures_at`. */
  figures_day: string | null;
  /** The local day of `now`. */
  today: string;
};

/** In SQL: midnights and changes of clocks lie on a half minute in every zone since 1970. */
export const finest = "interval '30 seconds'";

/** Whether the local day from `lo` to `hi` begins at its zone's midnight and has its 24 hours one after the other, in SQL. */
export const isPlainDay = (day: string, lo: string, hi: string, rule: string): string =>
  `(${hi} - ${lo} = interval '24 hours' and ${lo} at time zone zone_at(${lo}, ${rule}) = ${day})`;

const calendarOf = statement(
  "tenancy.calendar",
  { org_id: "int", now: "timestamptz" },
  {
    time_zone: "text",
    day_rule: "day_rule",
    sealed_from: "timestamptz?",
    sealed_before: "timestamptz?",
    figures_at: "timestamptz?",
    figures_day: "date?",
    today: "date",
  },
  (p) => sql`
    select time_zone, day_rule_of(o) as day_rule, sealed_from, sealed_before, figures_at,
      day_of(figures_at, day_rule_of(o)) as figures_day, day_of(${p.now}, day_rule_of(o)) as today
    from organizations o where id = ${p.org_id}`,
);

/** Reads the calendar of the transaction's organisation. `now` is an argument, as tests and backfills need other days. */
export async function readCalendar(tx: Tx, now: Date): Promise<Calendar> {
  const [calendar] = await tx.query(calendarOf({ org_id: tx.org_id, now: now.toISOString() }));
  if (!calendar) throw new DomainError("NOT_FOUND", "this organisation does not exist any more");
  return calendar;
}
