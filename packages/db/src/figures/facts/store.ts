import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { factColumns } from "../tables.ts";
import { activitiesOf } from "../../people/activities-of.ts";
import { factsFromRaw, featuresFromRaw, noTwin, pairsOfParameters } from "./define.ts";
import { followingBits } from "../bitmaps/follow.ts";
import type { BitmapChunk } from "../bitmaps/define.ts";
import { storedFeatureDays, storedPlatformDays } from "../sums/define.ts";
import { following } from "../sums/follow.ts";
import { sqlMonthOf, storedTwinMonths } from "../months/define.ts";
import { storeTwinMonths } from "../months/store.ts";
import { storeActivePeriods } from "../bitmaps/store.ts";

/** People and days to compute: `ns[i]` on `days[i]`. */
export type Pairs = { ns: number[]; days: string[] };

/** How many more sessions people have than before: `gained[i]` person `ns[i]`. */
export type Gains = { ns: number[]; gained: number[] };

const columns = factColumns.join(", ");
const key = "day, n, twin_id, platform";

/** The difference between `fresh` and `was`, summed by key. */
const difference = (groups: string, sums: string) => `
  select ${groups}, ${sums}
  from (select 1 as sign, ${key}, ${columns} from fresh union all select -1, ${key}, ${columns} from was) d`;

const changeOfPlatforms = `${difference("day, platform", factColumns.map((column) => `sum(sign * ${column}) as ${column}`).join(", "))}
  group by day, platform`;
const changeOfTwins = `${difference(`twin_id, ${sqlMonthOf("day")} as month`, `sum(sign * ${activitiesOf("d")}) as activities`)}
  where twin_id <> '${noTwin}' group by 1, 2`;
const changeOfFeatures = `
  select day, feature_name, sum(usage_count) as usage_count
  from (select day, feature_name, usage_count from used union all select day, feature_name, -usage_count from used_before) u
  group by day, feature_name`;

/**
 * Rows to delete are found by EXCEPT, which never compares each row with each, however few the planner expects. Sums over
 * facts are changed by the difference, so that no facts of other people are read; for the days `$7` the twins are returned,
 * whose sums are computed anew.
 */
const store = `
  with ${pairsOfParameters}, ${factsFromRaw}, ${featuresFromRaw},
  was as materialized (
    select d.day, d.n, d.twin_id, d.platform, ${factColumns.map((column) => `d.${column}::bigint`).join(", ")}
    from pair p join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n
  ),
  gone as materialized (select ${key} from was except select ${key} from fresh),
  removed as (
    delete from user_days d using gone g
    where d.org_id = $1 and (d.day, d.n, d.twin_id, d.platform) = (g.day, g.n, g.twin_id, g.platform)
    returning d.n
  ),
  stored as (
    insert into user_days as d (org_id, ${key}, ${columns})
    select $1, ${key}, ${columns}
    from (select ${key}, ${columns} from fresh except select ${key}, ${columns} from was) f order by ${key}
    on conflict (org_id, ${key}) do update
    set (${columns}) = (${factColumns.map((column) => `excluded.${column}`).join(", ")})
    returning d.n
  ),
  used_before as materialized (
    select d.usage_date as day, d.n, d.feature_name, d.usage_count, d.last_used_at
    from pair p join feature_usage d on d.org_id = $1 and d.usage_date = p.day and d.n = p.n
  ),
  gone_uses as materialized (select day, n, feature_name from used_before except select day, n, feature_name from used),
  removed_uses as (
    delete from feature_usage d using gone_uses g
    where d.org_id = $1 and (d.usage_date, d.n, d.feature_name) = (g.day, g.n, g.feature_name)
    returning d.n
  ),
  stored_uses as (
    insert into feature_usage as d (org_id, usage_date, n, feature_name, usage_count, last_used_at)
    select $1, u.* from (table used except table used_before) u order by day, n, feature_name
    on conflict (org_id, usage_date, n, feature_name) do update
    set usage_count = excluded.usage_count, last_used_at = excluded.last_used_at
    returning d.n
  ),
  ${following(storedPlatformDays, changeOfPlatforms)}, ${following(storedFeatureDays, changeOfFeatures)}, ${following(storedTwinMonths, changeOfTwins)},
  ${followingBits},
  gain as (${difference("n", "sum(sign * sessions)::int as gained")} group by n having sum(sign * sessions) <> 0),
  twin as (
    select distinct twin_id, ${sqlMonthOf("day")} as month
    from (select twin_id, day from fresh union all select twin_id, day from was) t
    where twin_id <> '${noTwin}' and day = any ($7::date[])
  )
  select (select count(*) from removed) + (select count(*) from stored) + (select count(*) from removed_uses) + (select count(*) from stored_uses) as rows,
    (select coalesce(json_agg(bits_left), '[]') from bits_left) as left_chunks,
    (select coalesce(array_agg(n order by n), '{}') from gain) as ns, (select coalesce(array_agg(gained order by n), '{}') from gain) as gained,
    (select coalesce(array_agg(twin_id order by twin_id, month), '{}')::text[] from twin) as twins,
    (select coalesce(array_agg(month order by twin_id, month), '{}')::text[] from twin) as months`;

/**
 * Computes `user_days` and `feature_usage` of some people's days from raw rows, writes what differs, and updates what is
 * computed from them: sums of platforms and features by day, of twins by month, and who was active and used what.
 * @param own days whose sums by twin are computed anew, whatever is stored of them
 * @returns how many rows of facts were written, and who gained or lost sessions
 */
export async function storePersonDays(
  tx: Tx,
  pairs: Pairs,
  dayRule: string,
  own: readonly string[],
): Promise<{ rows: number; gains: Gains }> {
  if (pairs.ns.length === 0) return { rows: 0, gains: { ns: [], gained: [] } };
  const values = [tx.org_id, pairs.ns, pairs.days, dayRule, ...(await boundIds(tx, pairs.days)), own];
  const [stored] = await tx.query<
    Gains & { rows: number; left_chunks: BitmapChunk[]; twins: string[]; months: string[] }
  >({
    name: "store_facts",
    text: store,
    values,
  });
  const { rows, left_chunks, ns, gained, twins, months } = stored!;
  await storeTwinMonths(tx, twins, months);
  await storeActivePeriods(tx, left_chunks);
  return { rows, gains: { ns, gained } };
}
