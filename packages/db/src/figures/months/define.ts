import { activitiesOf } from "../../people/activities-of.ts";
import type { StoredSum } from "../sums/define.ts";

/**
 * Monthly stats of people `$2` in months `$3`, by the rule `$4`, with ids from `$5` to `$6`, from raw activities, as
 * `fresh`; as docs/METRICS.md says, "Monthly stats". Months whose activities may be purged are left out: they keep the
 * values that they were sealed with.
 */
export const monthsFromRaw = `
  asked as materialized (
    select p.n, p.month, u.id as user_id, uuid_floor(start_of(p.month, $4)) as lo_id,
      uuid_floor(start_of((p.month + interval '1 month')::date, $4)) as hi_id
    from unnest($2::int[], $3::date[]) p (n, month) join organizations o on o.id = $1 left join users u on u.org_id = $1 and u.n = p.n
    where not coalesce(
      o.sealed_from < start_of((p.month + interval '1 month')::date, $4) and o.purged_before > start_of(p.month, $4), false)
  ),
  fresh as materialized (
    select p.n, p.month, a.* from asked p cross join lateral (
      select count(distinct a.session_id)::int as session_count, count(*)::int as activity_count,
        coalesce(sum(a.duration_seconds), 0)::bigint as duration_sum, count(a.duration_seconds)::int as duration_n
      from activities a where a.org_id = $1 and a.user_id = p.user_id and a.id >= p.lo_id and a.id < p.hi_id
        and a.id >= $5::uuid and a.id < $6::uuid
    ) a where a.activity_count > 0
  )`;

/** The month that a day lies in, by its first day. */
export const sqlMonthOf = (day: string): string => `date_trunc('month', ${day}::timestamp)::date`;

/** What the twins `$2` did in the months `$3`; a month without activities has no row. */
export const storedTwinMonths: StoredSum = {
  table: "twin_months",
  key: ["twin_id", "month"],
  columns: ["activities"],
  with: `asked as materialized (select twin_id, month from unnest($2::uuid[], $3::date[]) t (twin_id, month)),
    fresh as materialized (
      select a.twin_id, a.month, s.activities from asked a cross join lateral (
        select sum${activitiesOf("d")}::int as activities from user_days d
        where d.org_id = $1 and d.twin_id = a.twin_id and d.day >= a.month and d.day < (a.month + interval '1 month')::date
      ) s where s.activities > 0
    )`,
  within: "exists (select from asked a where (a.twin_id, a.month) = (d.twin_id, d.month))",
};
