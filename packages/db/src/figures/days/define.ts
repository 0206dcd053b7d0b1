import { isNewWithin } from "../../people/users/created.ts";

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
