import type { Tx } from "../actor.ts";
import { boundIds } from "../organizations/reach.ts";
import { factColumns, factsFromRaw, featuresFromRaw, noTwin, pairsOfParameters } from "./facts.ts";
import { monthOf, storeTwinMonths } from "./store-sums.ts";

/** People and days to compute anew: `ns[i]` on `days[i]`. */
export type Pairs = { ns: number[]; days: string[] };

const columns = factColumns.join(", ");

/** Rows that must go are found by EXCEPT, which never compares each with each, however few the planner expects. */
const store = `
  with ${pairsOfParameters}, ${factsFromRaw}, ${featuresFromRaw},
  gone as materialized (
    select d.day, d.n, d.twin_id, d.platform from pair p join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n
    except select day, n, twin_id, platform from fresh
  ),
  removed as (
    delete from user_days d using gone g
    where d.org_id = $1 and (d.day, d.n, d.twin_id, d.platform) = (g.day, g.n, g.twin_id, g.platform)
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
  ),
  gone_uses as materialized (
    select d.usage_date, d.n, d.feature_name from pair p join feature_usage d on d.org_id = $1 and d.usage_date = p.day and d.n = p.n
    except select day, n, feature_name from used
  ),
  removed_uses as (
    delete from feature_usage d using gone_uses g
    where d.org_id = $1 and (d.usage_date, d.n, d.feature_name) = (g.usage_date, g.n, g.feature_name)
    returning d.n
  ),
  stored_uses as (
    insert into feature_usage as d (org_id, usage_date, n, feature_name, usage_count, last_used_at)
    select $1, day, n, feature_name, usage_count, last_used_at from used order by day, n, feature_name
    on conflict (org_id, usage_date, n, feature_name) do update
    set usage_count = excluded.usage_count, last_used_at = excluded.last_used_at
    where (d.usage_count, d.last_used_at) is distinct from (excluded.usage_count, excluded.last_used_at)
    returning d.n
  )
  select (select count(*) from removed) + (select count(*) from stored) + (select count(*) from removed_uses) + (select count(*) from stored_uses) as rows,
    (select coalesce(array_agg(twin_id order by twin_id, month), '{}')::text[] from twin) as twins,
    (select coalesce(array_agg(month order by twin_id, month), '{}')::text[] from twin) as months`;

/**
 * Computes `user_days` and `feature_usage` of some people's days from raw rows, then the months of the twins that they
 * used, or did use as it stood before, and writes what differs.
 * @returns how many rows were written, but for those of twins
 */
export async function storePersonDays(tx: Tx, pairs: Pairs, dayRule: string): Promise<number> {
  if (pairs.ns.length === 0) return 0;
  const values = [tx.org_id, pairs.ns, pairs.days, dayRule, ...(await boundIds(tx, pairs.days))];
  const [stored] = await tx.query<{ rows: number; twins: string[]; months: string[] }>({
    name: "store_facts",
    text: store,
    values,
  });
  await storeTwinMonths(tx, stored!.twins, stored!.months);
  return stored!.rows;
}
