import type { Tx } from "../../tenancy/actor.ts";
import { compare, dayWaits, type Difference } from "../compare.ts";
import { compareSum } from "../sums/verify.ts";
import { storedActivePeriods, bitsFromFacts, bitmapChunkWidth } from "./define.ts";

type Chunks = { days: string[]; lanes: number[] };

/** Each chunk that there is, on each of the days. */
export async function bitmapChunksOf(tx: Tx, days: string[]): Promise<Chunks> {
  const [last] = await tx.query<{ lane: number }>({
    text: `select greatest((select max(n) from users where org_id = $1) / ${bitmapChunkWidth}, (select max(lane) from day_users where org_id = $1),
        (select max(lane) from active_periods where org_id = $1), 0) as lane`,
    values: [tx.org_id],
  });
  const lanes = Array.from({ length: last!.lane + 1 }, (_, lane) => lane);
  return { days: days.flatMap((day) => lanes.map(() => day)), lanes: days.flatMap(() => lanes) };
}

/** Compares stored sets of people by day with the facts; `first`: those of first days, or all others. */
export async function compareBits(tx: Tx, { days, lanes }: Chunks, first: boolean): Promise<Difference[]> {
  return compare(tx, {
    table: "day_users",
    with: bitsFromFacts,
    stored: `select kind, day, lane, bits::text from day_users where org_id = $1 and day = any ($2) and (kind = 'first') = $4`,
    fresh: "select kind, day, lane, bits::text from fresh",
    key: ["kind", "day", "lane"],
    columns: ["bits"],
    waits: dayWaits("day"),
    values: [tx.org_id, days, lanes, first],
  });
}

/** Compares stored sets of people by week and month with those of their days. */
export const comparePeriods = (tx: Tx, { days, lanes }: Chunks): Promise<Difference[]> => {
  const waits = `exists (select from ops.dirty_log l
    where l.org_id = $1 and l.day >= b.start_date and l.day < b.start_date + ('1 ' || b.period)::interval)`;
  return compareSum(tx, storedActivePeriods, waits, [tx.org_id, days, lanes]);
};
