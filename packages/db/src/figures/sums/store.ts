import type { Tx } from "../../tenancy/actor.ts";
import { storedFeatureDays, storedPlatformDays, type StoredSum } from "./define.ts";

/** A statement that stores a sum anew: it deletes rows whose facts don't exist any more and writes those that differ. */
export const store = ({ table, key, columns, with: expressions, within }: StoredSum) => {
  const of = (side: string, names: readonly string[]) => names.map((name) => `${side}.${name}`).join(", ");
  return {
    name: `store_${table}`,
    text: `with ${expressions},
      removed as (
        delete from ${table} d where d.org_id = $1 and ${within}
          and not exists (select from fresh f where (${of("f", key)}) = (${of("d", key)}))
      )
      insert into ${table} as d (org_id, ${key.join(", ")}, ${columns.join(", ")})
      select $1, ${key.join(", ")}, ${columns.join(", ")} from fresh order by ${key.join(", ")}
      on conflict (org_id, ${key.join(", ")}) do update
      set (${columns.join(", ")}) = row (${of("excluded", columns)})
      where (${of("d", columns)}) is distinct from (${of("excluded", columns)})`,
  };
};

const storePlatforms = store(storedPlatformDays);

const storeFeatures = store(storedFeatureDays);

/** Computes the sums of some days over all people from facts and writes what differs. */
export async function storeDaySums(tx: Tx, days: readonly string[]): Promise<void> {
  if (days.length === 0) return;
  for (const statement of [storePlatforms, storeFeatures]) await tx.query({ ...statement, values: [tx.org_id, days] });
}
