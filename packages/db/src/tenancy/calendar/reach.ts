import { addMonths } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import { floorId } from "../../postgres/uuid-time.ts";
import { statement, textOf } from "../../postgres/statement.ts";

/**
 * How far from its activity's start a message, document, query or shared interaction may lie, and from its session's start
 * the end of a session that the sender named, or an activity in it. Each organisation stores the furthest that ever came
 * in, in days: without a bound, looking for one person's rows of a day means a lookup in every month. A mistake here is
 * dangerous, because rows beyond it are counted nowhere: `verify` checks it, too.
 */
export const reachOf = (org_id: SQL): SQL =>
  sql`(select make_interval(hours => 24 * reach_days) as reach from organizations where id = ${org_id}) o`;

/** The same for statements that are written as text, where `$1` is the organisation. */
export const reachOfOrganization = textOf(reachOf(sql.raw("$1")));

/** Bounds of the ids of activities that rows from `lo` to `hi` may belong to; needs `reachOf`. */
export const reachedIds = (lo: string, hi: string): string =>
  `uuid_floor(greatest(${lo} - o.reach, timestamptz 'epoch')) as reach_lo_id, uuid_floor(${hi} + o.reach + interval '1 millisecond') as reach_hi_id`;

const readReach = statement(
  "tenancy.reach",
  { org_id: "int" },
  { reach_days: "int" },
  (p) => sql`select reach_days from organizations where id = ${p.org_id}`,
);

/**
 * Ids between which all rows lie that can count on some days or in time ranges (given by their first and last instants).
 * Statements over partitioned tables take these two values beside the days: months that constants exclude aren't even
 * planned, while joined values exclude them only as the statement runs. They are bounds of whole months, because for a few
 * days that its statistics don't know yet the planner expects no rows and takes any index.
 * @param length how many days each of `days` stands for: 31 for months
 */
export async function boundIds(tx: Tx, days: readonly string[], length = 1): Promise<[from: string, to: string]> {
  const [known] = await tx.query(readReach({ org_id: tx.org_id }));
  const sorted = [...days].sort();
  // A session lies up to the reach before a row of these days, and what belongs to it as far before it; and days begin
  // at other instants in other zones.
  const around = (2 * known!.reach_days + 2) * dayMs;
  const first = Date.parse(sorted[0]!) - around;
  const last = Date.parse(sorted.at(-1)!) + length * dayMs + around;
  return [floorId(monthAt(first, 0)), floorId(monthAt(last, 1))];
}

/** When the month of an instant, or a month some months later, begins, as partitions do; not before the first id. */
const monthAt = (ms: number, later: number): number =>
  Math.max(Date.parse(addMonths(new Date(ms).toISOString(), later)), 0);

/** Only a few values, so that an organisation's row is seldom written. */
const steps = [1, 7, 31, 366, 36_500];
const dayMs = 86_400_000;

const widenReach = statement(
  "tenancy.widen_reach",
  { org_id: "int", days: "int" },
  {},
  (p) => sql`update organizations set reach_days = greatest(reach_days, ${p.days}) where id = ${p.org_id}`,
  { plan: "each" },
);

/** Collects how far rows lie from the rows that they belong to. */
export class Reach {
  #ms = 0;

  /** Notes that a row at `at` belongs to an activity that started at `start`. */
  note(start: string, ...at: readonly (string | null | undefined)[]): void {
    for (const one of at) if (one) this.#ms = Math.max(this.#ms, Math.abs(Date.parse(one) - Date.parse(start)));
  }

  /** Stores the distance where it is further than `known` days, in the caller's transaction. */
  async flush(tx: Tx, known: number): Promise<void> {
    const days = steps.find((step) => step * dayMs >= this.#ms) ?? steps.at(-1)!;
    if (days <= known) return;
    await tx.query(widenReach({ org_id: tx.org_id, days }));
  }
}
