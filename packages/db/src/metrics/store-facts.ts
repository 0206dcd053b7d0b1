import type { Tx } from "../actor.ts";
import { boundIds } from "../organizations/reach.ts";
import { factColumns, factsFromRaw, featuresFromRaw, noTwin, pairsOfParameters } from "./facts.ts";
import { monthOf, storeTwinMonths } from "./store-sums.ts";

/** People and days to compute anew: `ns[i]` on `days[i]`. */
export type Pairs = { ns: number[]; days: string[] };

const columns = factColumns.join(", ");

const storeFacts = `
  with ${pairsOfParameters}, ${factsFromRaw},
  removed as (
    delete from user_days d using pair p
    where d.org_id = $1 and d.day = p.day and d.n = p.n
      and not exists (select from fresh f where (f.day, f.n, f.twin_id, f.platform) = (d.day, d.n, d.twin_id, d.platform))
    returning d.twin_id, d.day
  ),
  stored as (
    insert into user_days as d (org_id, day, n, twin_id, platform, ${columns})
    select $1, day, n, twin_id, platform, ${columns} from fresh order by day, n, twin_id, platform
    on conflict (org_id, day, n, twin_id, platform) do update
    set (${columns}) = (${factColumns.map((column) => `excluded.${column}`).join(", ")})
    where (${factColumns.map((column) => `d.${column}`).join(", ")})
      is distinct from (${factColumns.map((column) => `excluded.${column}`).join(", ")})
    returning d.n
  ),
  twin as (
    select distinct twin_id, ${monthOf("day")} as month
    from (select twin_id, day from fresh union all select twin_id, day from removed) t where twin_id <> '${noTwin}'
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows,
    (select coalesce(array_agg(twin_id order by twin_id, month), '{}')::text[] from twin) as twins,
    (select coalesce(array_agg(month order by twin_id, month), '{}')::text[] from twin) as months`;

const storeFeatures = `
  with ${pairsOfParameters}, ${featuresFromRaw},
  removed as (
    delete from feature_usage d using pair p
    where d.org_id = $1 and d.usage_date = p.day and d.n = p.n
      and not exists (select from used f where (f.day, f.n, f.feature_name) = (d.usage_date, d.n, d.feature_name))
    returning d.n
  ),
  stored as (
    insert into feature_usage as d (org_id, usage_date, n, feature_name, usage_count, last_used_at)
    select $1, day, n, feature_name, usage_count, last_used_at from used order by day, n, feature_name
    on conflict (org_id, usage_date, n, feature_name) do update
    set usage_count = excluded.usage_count, last_used_at = excluded.last_used_at
    where (d.usage_count, d.last_used_at) is distinct from (excluded.usage_count, excluded.last_used_at)
    returning d.n
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows`;

/**
 * Computes `user_days` and `feature_usage` of some people's days from raw rows, then the months of the twins that they
 * used, or did use as it stood before, and writes what differs.
 * @returns how many rows were written, but for those of twins
 */
export async function storePersonDays(tx: Tx, pairs: Pairs, zone: string): Promise<number> {
  if (pairs.ns.length === 0) return 0;
  const values = [tx.org_id, pairs.ns, pairs.days, zone, ...(await boundIds(tx, pairs.days))];
  const [facts] = await tx.query<{ rows: number; twins: string[]; months: string[] }>({
    name: "store_facts",
    text: storeFacts,
    values,
  });
  await storeTwinMonths(tx, facts!.twins, facts!.months);
  const [features] = await tx.query<{ rows: number }>({ name: "store_features", text: storeFeatures, values });
  return facts!.rows + features!.rows;
}
