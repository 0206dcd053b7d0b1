import type { Tx } from "../../tenancy/actor.ts";
import { isNewWithin } from "../../people/users/created.ts";
import { finest, isPlainDay } from "../../tenancy/calendar/local-days.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";

/** Columns of `daily_metrics` that come from facts; the others come from users and installations. */
export const dayColumns = [
  "total_active_users",
  "total_sessions",
  "total_conversations",
  "total_messages",
  "total_documents_drafted",
  "total_queries",
  "total_shared_interactions",
  "avg_session_duration_seconds",
  "platform_breakdown",
  "ended_sessions",
  "session_seconds",
] as const;

/** Mean of whole seconds, rounded half up; 0 if there is nothing to average. */
export const meanSeconds = (seconds: string, count: string): string =>
  `case when ${count} = 0 then 0 else (2 * ${seconds} + ${count}) / (2 * ${count}) end`;

/** The days `$2` by the rule `$3`, as `asked`, and what sums of facts and bitsets say of them, as `fresh`: one row each, zeros included. */
export const daysFromFacts = `
  asked as materialized (
    select day, start_of(day, $3) as lo, start_of(day + 1, $3) as hi from unnest($2::date[]) t (day)
  ),
  summed as (
    select day, sum(sessions)::int as total_sessions, sum(conversations)::int as total_conversations,
      sum(user_messages + twin_messages)::int as total_messages, sum(documents)::int as total_documents_drafted, sum(queries)::int as total_queries,
      sum(shared_interactions)::int as total_shared_interactions, sum(ended_sessions)::int as ended_sessions,
      sum(session_seconds)::bigint as session_seconds,
      coalesce(jsonb_object_agg(platform, sessions) filter (where sessions > 0), '{}') as platform_breakdown
    from platform_days where org_id = $1 and day = any ($2::date[]) group by day
  ),
  active as (
    select day, sum(bit_count(bits))::int as total_active_users from day_users
    where org_id = $1 and kind = 'active' and day = any ($2::date[]) group by day
  ),
  fresh as materialized (
    select t.day, t.lo, t.hi, coalesce(a.total_active_users, 0) as total_active_users,
      coalesce(s.total_sessions, 0) as total_sessions, coalesce(s.total_conversations, 0) as total_conversations,
      coalesce(s.total_messages, 0) as total_messages, coalesce(s.total_documents_drafted, 0) as total_documents_drafted,
      coalesce(s.total_queries, 0) as total_queries, coalesce(s.total_shared_interactions, 0) as total_shared_interactions,
      (${meanSeconds("coalesce(s.session_seconds, 0)", "coalesce(s.ended_sessions, 0)")})::int as avg_session_duration_seconds,
      coalesce(s.platform_breakdown, '{}') as platform_breakdown, coalesce(s.ended_sessions, 0) as ended_sessions,
      coalesce(s.session_seconds, 0) as session_seconds
    from asked t left join summed s using (day) left join active a using (day)
  )`;

/** Users whose `created_at` falls on the day `f`. */
export const newUsersOf = `(select count(*)::int from users u where u.org_id = $1 and ${isNewWithin("u", "f.lo", "f.hi")})`;
/** Spells open at the end of the day `f`. */
export const installationsOf = `(select count(*)::int from twin_installations i
  where i.org_id = $1 and i.installed_at < f.hi and (i.uninstalled_at is null or i.uninstalled_at >= f.hi))`;

const columns = dayColumns.join(", ");

const storeDays = `
  with ${daysFromFacts},
  mark as (select day, own, received_at from unnest($2::date[], $4::boolean[], $5::timestamptz[]) m (day, own, received_at)),
  whole as materialized (
    select f.*, case when m.own or d.metric_date is null then ${newUsersOf} else d.new_users end as new_users,
      case when m.own or d.metric_date is null then ${installationsOf} else d.total_twin_installations end as total_twin_installations,
      greatest(d.last_record_at, m.received_at) as last_record_at
    from fresh f join mark m using (day) left join daily_metrics d on d.org_id = $1 and d.metric_date = f.day
  )
  insert into daily_metrics as d (org_id, metric_date, ${columns}, new_users, total_twin_installations, last_record_at, created_at, updated_at, job_run_id)
  select $1, day, ${columns}, new_users, total_twin_installations, last_record_at, $6::timestamptz, $6::timestamptz, $7::bigint
  from whole order by day
  on conflict (org_id, metric_date) do update
  set (${columns}, new_users, total_twin_installations, last_record_at, updated_at, job_run_id)
    = (${dayColumns.map((column) => `excluded.${column}`).join(", ")}, excluded.new_users, excluded.total_twin_installations,
       excluded.last_record_at, excluded.updated_at, excluded.job_run_id)
  where (${dayColumns.map((column) => `d.${column}`).join(", ")}, d.new_users, d.total_twin_installations, d.last_record_at)
    is distinct from (${dayColumns.map((column) => `excluded.${column}`).join(", ")}, excluded.new_users, excluded.total_twin_installations, excluded.last_record_at)`;

/** A day to compute anew. `own`: its new users and installations too; `received_at`: of its latest record, if one came. */
export type DayMark = { day: string; own: boolean; received_at: string | null };

/** Computes `daily_metrics` of some days from sums of facts, bitsets, users and installations, and writes what differs. */
export async function storeDailyMetrics(
  tx: Tx,
  marks: readonly DayMark[],
  dayRule: string,
  now: Date,
  jobRunId: number | null,
): Promise<void> {
  await tx.query({
    name: "store_days",
    text: storeDays,
    values: [
      tx.org_id,
      marks.map((mark) => mark.day),
      dayRule,
      marks.map((mark) => mark.own),
      marks.map((mark) => mark.received_at),
      now.toISOString(),
      jobRunId,
    ],
  });
}

/**
 * Activities by local hour of the days `$2`, by the rule `$3`, with ids from `$4` to `$5`, from raw rows, as `fresh`: day, platform, hours.
 * Counted by quarters first, of which each lies in one hour, or by less where clocks may change within one: to look the
 * hour of each row up would take most of the time.
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

const storeHours = `
  with ${hoursFromRaw},
  removed as (
    delete from activity_hours h where h.org_id = $1 and h.day = any ($2::date[])
      and not exists (select from fresh f where f.day = h.day and f.platform = h.platform)
    returning h.day
  ),
  stored as (
    insert into activity_hours as h (org_id, day, platform, hours)
    select $1, day, platform, hours from fresh order by day, platform
    on conflict (org_id, day, platform) do update set hours = excluded.hours where h.hours <> excluded.hours
    returning h.day
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows`;

/** Computes activities by local hour of some days from raw rows and writes what differs. */
export async function storeActivityHours(tx: Tx, days: readonly string[], dayRule: string): Promise<void> {
  if (days.length === 0) return;
  const values = [tx.org_id, days, dayRule, ...(await boundIds(tx, days))];
  await tx.query({ name: "store_hours", text: storeHours, values });
}
