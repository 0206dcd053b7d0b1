-- What an analyst reads: every day, months that no session's zone moves, people who were active after their sessions are
-- gone, and from which day rows are kept. docs/METRICS.md says what the numbers mean.

grant select (id, time_zone, turn_at, turn_day, turn_zone) on organizations to twin_analyst;

create policy analyst on day_users for select to twin_analyst using (org_id = (select analyst_org()));
grant select (org_id, kind, day, lane, bits) on day_users to twin_analyst;

create policy analyst on lifecycle_runs for select to twin_analyst using (org_id = (select analyst_org()));
grant select (org_id, data_type, cut, row_counts) on lifecycle_runs to twin_analyst;

-- An analyst's days, from the first with a figure to today, and the installations as they stood at the end of each, added
-- up from all that began and ended by then. A function, because it sets its search path: an analyst's has no `public`, and
-- what the rule of days is written in would not be found.
create function days_of_analyst() returns table (org_id int, metric_date date, installations int)
language sql stable parallel safe rows 1000 set search_path = public, pg_temp as
$$ with span as (
     select o.id as org_id, r.rule, first.metric_date as first_day, greatest(last.metric_date, day_of(now(), r.rule)) as last_day
     from organizations o
     cross join lateral (select (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule as rule) r
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date limit 1) first
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date desc limit 1) last
     where o.id = (select analyst_org())
   ),
   change as (
     select greatest(day_of(e.at, s.rule), s.first_day) as day, sum(e.change) as change
     from span s
     join twin_installations i on i.org_id = s.org_id
     cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
     where e.at is not null group by 1
   )
   select s.org_id, d.day::date, (sum(coalesce(c.change, 0)) over (order by d.day))::int
   from span s
   cross join lateral generate_series(s.first_day::timestamp, s.last_day::timestamp, interval '1 day') d (day)
   left join change c on c.day = d.day::date $$;
revoke execute on function days_of_analyst from public;
grant execute on function days_of_analyst to twin_analyst;

-- A day without a stored row is one on which nothing happened. Ids are made of the day as it is written, never by way of
-- an instant, which a session's zone might move.
create or replace view ai_twin_analytics.daily_metrics with (security_invoker) as
  select analyst_id(d.org_id, 'day', to_char(d.metric_date::timestamp, 'YYYY-MM-DD')) as id, d.metric_date,
    coalesce(m.total_active_users, 0) as total_active_users, coalesce(m.new_users, 0) as new_users,
    coalesce(m.total_sessions, 0) as total_sessions, coalesce(m.total_conversations, 0) as total_conversations,
    coalesce(m.total_messages, 0) as total_messages, coalesce(m.total_documents_drafted, 0) as total_documents_drafted,
    coalesce(m.total_queries, 0) as total_queries, coalesce(m.total_shared_interactions, 0) as total_shared_interactions,
    coalesce(m.avg_session_duration_seconds, 0) as avg_session_duration_seconds,
    coalesce(m.total_twin_installations, d.installations) as total_twin_installations,
    coalesce(m.platform_breakdown, '{}') as platform_breakdown, m.created_at, m.updated_at
  from public.days_of_analyst() d
  left join public.daily_metrics m on m.org_id = d.org_id and m.metric_date = d.metric_date;

create or replace view ai_twin_analytics.feature_usage with (security_invoker) as
  select analyst_id(f.org_id, 'feature', to_char(f.usage_date::timestamp, 'YYYY-MM-DD') || '/' || f.n || '/' || f.feature_name) as id,
    u.id as user_id, f.feature_name, f.usage_date, f.usage_count, f.last_used_at
  from public.feature_usage f
  left join public.users u on u.org_id = f.org_id and u.n = f.n;

-- A local month is no instant: as one it would be the last hours of the month before, in every session west of the
-- organisation. Without a zone it reads as the first of the month wherever it is read.
drop view ai_twin_analytics.mv_monthly_user_stats;
create view ai_twin_analytics.mv_monthly_user_stats with (security_invoker) as
  select u.id as user_id, s.month::timestamp as month, s.session_count, s.activity_count, s.avg_duration
  from public.monthly_user_stats_of_analyst s
  left join public.users u on u.org_id = s.org_id and u.n = s.n;
grant select on ai_twin_analytics.mv_monthly_user_stats to twin_analyst;

-- By the kept sets of who was active on which day, so also where sessions are long gone.
create function ai_twin_analytics.active_users(from_day date, before_day date) returns int
language sql stable parallel safe set search_path = public, pg_temp as
$$ select coalesce(sum(bit_count(l.bits)), 0)::int from (
     select bit_or(d.bits) as bits from day_users d
     where d.org_id = (select analyst_org()) and d.kind = 'active' and d.day >= from_day and d.day < before_day
     group by d.lane
   ) l $$;

-- By the receipts of what went. Where nothing did, all is there from the first day on.
create function ai_twin_analytics.kept_from() returns table (data text, first_day date)
language sql stable parallel safe set search_path = public, pg_temp as
$$ select k.data, coalesce(
     (select day_of(max(r.cut) - interval '1 millisecond', (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule) + 1
      from lifecycle_runs r where r.org_id = o.id and r.data_type = k.data and r.row_counts <> '{}'),
     (select min(m.metric_date) from daily_metrics m where m.org_id = o.id))
   from organizations o cross join (values ('activities'), ('messages'), ('sessions')) k (data)
   where o.id = (select analyst_org()) $$;

revoke execute on function ai_twin_analytics.active_users, ai_twin_analytics.kept_from from public;
grant execute on function ai_twin_analytics.active_users, ai_twin_analytics.kept_from to twin_analyst;

comment on view ai_twin_analytics.sessions is
  'Raw sessions, kept for as long as the policy says (90 days unless changed): select first_day from kept_from() where data = ''sessions''. Who was active on older days: select active_users(from_day, before_day).';
comment on view ai_twin_analytics.activities is
  'Raw activities, with their details, kept from the day that select first_day from kept_from() where data = ''activities'' gives.';
comment on view ai_twin_analytics.messages is
  'Raw messages, kept from the day that select first_day from kept_from() where data = ''messages'' gives. What was said is encrypted.';
comment on view ai_twin_analytics.daily_metrics is
  'One row for each day from the first to today in the organisation''s time zone, also where nothing happened (created_at and updated_at are null where nothing was ever computed). Kept for ever.';
comment on view ai_twin_analytics.user_retention is
  'One row for each person who was ever active; day_N_active is null until that day has ended. user_id is null for a person who was erased. Kept for ever.';
comment on view ai_twin_analytics.feature_usage is
  'Uses of each feature by person and local day; user_id is null for a person who was erased. Kept for ever.';
comment on view ai_twin_analytics.mv_monthly_user_stats is
  'By person and month. month is the first of the local month, without a time zone; it follows new records within seconds once they stop coming. Kept for ever.';
comment on function ai_twin_analytics.active_users(date, date) is
  'How many people were active in the organisation''s local days from from_day up to, but without, before_day. Exact, from what is kept for ever; where sessions are still kept it equals a count of distinct people over them.';
comment on function ai_twin_analytics.kept_from() is
  'From which local day on raw sessions, messages and activities are whole. Older rows may be gone, or kept for people under legal hold.';
