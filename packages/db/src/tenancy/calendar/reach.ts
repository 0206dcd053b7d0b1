import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import { floorId } from "../../postgres/uuid-time.ts";
import { statement, textOf } from "../../postgres/statement.ts";

/**
 * How far from its activity's start a message, document, query or shared interaction may lie, and from its session's
 * start the end of a session that the sender named, or an activity in it. Each organisation keeps the furthest that ever
 * came in, in days; without a bound, a look for one person's rows of a day is a look into every month that there is.
 * This is dangerous to get wrong: rows beyond it are counted nowhere, so `verify` checks it too.
 */
export const reachOf = (org_id: SQL): SQL =>
  sql`(select make_interval(hours => 24 * reach_days) as reach from organizations where id = ${org_id}) o`;

/** The same in statements that are written as text, where `$1` is the organisation. */
export const reachOfOrganization = textOf(reachOf(sql.raw("$1")));

/** Bounds of the ids of activities that rows of the time from `lo` to `hi` may hang on; needs `reachOf`. */
export const reachedIds = (lo: string, hi: string): string =>
  `uuid_floor(greatest(${lo} - o.reach, timestamptz 'epoch')) as reach_lo_id, uuid_floor(${hi} + o.reach + interval '1 millisecond') as reach_hi_id`;

const readReach = statement(
  "tenancy.reach",
  { org_id: "int" },
  { reach_days: "int" },
  (p) => sql`select reach_days from organizations where id = ${p.org_id}`,
);

/**
 * Ids between which every row lies that can count on some days or in stretches of time (their first and last instants):
 * two values that statements over partitioned tables take beside the days, because the planner doesn't plan for months
 * that constants leave out; what is joined row by row it can leave out only while it runs. They are the bounds of whole
 * months: of a few days that its statistics don't know yet the planner expects no rows, and then takes any index for one.
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

/** When the month of an instant, or one so many later, begins, as partitions do; not before the first id. */
function monthAt(ms: number, later: number): number {
  const at = new Date(ms);
  return Math.max(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + later), 0);
}

/** Few values, so that an organisation's row is seldom written. */
const steps = [1, 7, 31, 366, 36_500];
const dayMs = 86_400_000;

const widenReach = statement(
  "tenancy.widen_reach",
  { org_id: "int", days: "int" },
  {},
  (p) => sql`update organizations set reach_days = greatest(reach_days, ${p.days}) where id = ${p.org_id}`,
  { plan: "each" },
);

/** Collects how far rows lie from what they hang on. */
export class Reach {
  #ms = 0;

  /** Notes that something at `at` hangs on an activity that started at `start`. */
  note(start: string, ...at: readonly (string | null | undefined)[]): void {
    for (const one of at) if (one) this.#ms = Math.max(this.#ms, Math.abs(Date.parse(one) - Date.parse(start)));
  }

  /** Writes it down where it is further than `known` days; part of the caller's transaction, so both or neither. */
  async flush(tx: Tx, known: number): Promise<void> {
    const days = steps.find((step) => step * dayMs >= this.#ms) ?? steps.at(-1)!;
    if (days <= known) return;
    await tx.query(widenReach({ org_id: tx.org_id, days }));
  }
}
