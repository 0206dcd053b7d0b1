import { finest, isPlainDay } from "../../tenancy/calendar/local-days.ts";

/**
 * Activities by local hour of the days `$2`, by the rule `$3`, with ids from `$4` to `$5`, from raw rows, as `fresh`: day,
 * platform, hours. They are counted by quarters of an hour first, or by less where clocks may change within one, because
 * each of those lies in one local hour: computing the hour of every row takes most of the time.
 */
export const hoursFromRaw = `
  quarter as materialized (
    select t.day, a.platform, a.began_at, count(*)::int as activities
    from (
      select day, d.lo, uuid_floor(d.lo) as lo_id, uuid_floor(d.hi) as hi_id,
        case when ${isPlainDay("day", "d.lo", "d.hi", "$3")} then interval '15 minutes' else ${finest} end as step
      from unnest($2::date[]) t (day) cross join lateral (select start_of(day, $3) as lo, start_of(day + 1, $3) as hi) d offset 0
    ) t
    cross join lateral (
      select a.platform, date_bin(t.step, a.started_at, t.lo) as began_at
      from activities a where a.org_id = $1 and a.id >= t.lo_id and a.id < t.hi_id and a.id >= $4::uuid and a.id < $5::uuid offset 0
    ) a
    group by t.day, a.platform, a.began_at
  ),
  fresh as materialized (
    select q.day, q.platform, array[${Array.from({ length: 24 }, (_, hour) => `coalesce(sum(q.activities) filter (where q.hour = ${hour}), 0)`).join(", ")}]::int[] as hours
    from (select *, extract(hour from began_at at time zone zone_at(began_at, $3))::int as hour from quarter offset 0) q
    group by q.day, q.platform
  )`;
