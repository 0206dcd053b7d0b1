import type { Tx } from "../../tenancy/actor.ts";
import { compare, dayWaits, type Difference } from "../compare.ts";
import { storedFeatureDays, storedPlatformDays, type StoredSum } from "./define.ts";

/** Compares a stored sum with its definition; `waits`: SQL, whether the difference of a row will be computed anyway. */
export const compareSum = (tx: Tx, sum: StoredSum, waits: string, values: unknown[]): Promise<Difference[]> => {
  const names = [...sum.key, ...sum.columns].join(", ");
  return compare(tx, {
    ...sum,
    stored: `select ${names} from ${sum.table} d where d.org_id = $1 and ${sum.within}`,
    fresh: `select ${names} from fresh`,
    waits,
    values,
  });
};

/** Compares the stored sums of days by platform and by feature with their facts. */
export async function compareDaySums(tx: Tx, days: string[]): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const sum of [storedPlatformDays, storedFeatureDays])
    found.push(...(await compareSum(tx, sum, dayWaits("day"), [tx.org_id, days])));
  return found;
}
