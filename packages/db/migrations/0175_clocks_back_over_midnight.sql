-- Where clocks go back over midnight (in St John's until 2011: at 00:01, to 23:01) a new date is there for a minute, then the
-- old one again, then the new one for good. A day is a stretch of time that nothing else interrupts, or what lies between
-- its first and last instant would be on two days or on none: it begins at the last of its midnights, and the minute
-- before belongs to the day that the clocks go back to.

-- Clocks that go back within a day, as from 01:00 to midnight, make midnight come twice, too: there the day begins at the
-- first, as long before the last one as the clock has run by then.
create or replace function day_start(day date, zone text) returns timestamptz language sql immutable parallel safe as
$$ select case
     when (((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second') at time zone 'UTC' at time zone zone)::date = day
     then ((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second'
       - ((((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second') at time zone 'UTC' at time zone zone) - day::timestamp))
       at time zone 'UTC'
     else day::timestamp at time zone zone end $$;

-- The day of an instant by one zone: its date, but for the time before the date's last midnight. That is asked only where it
-- may be: no zone's clocks went back over midnight from later than 02:00, nor, as far as is known, will any since 2010 (a
-- test looks at every zone). Asked of each row it would make this twice as slow.
create function date_in(zone text, at timestamptz) returns date language sql immutable parallel safe as
$$ select case
     when at < timestamptz '2011-01-01 00:00:00+00' and (at at time zone zone)::time < time '02:00'
       and at < day_start((at at time zone zone)::date, zone)
     then (at at time zone zone)::date - 1
     else (at at time zone zone)::date end $$;

create or replace function day_of(at timestamptz, rule day_rule) returns date language sql immutable parallel safe as
$$ select case when (rule).turn_at is null then date_in((rule).zone, at)
     else greatest((rule).turn_day[width_bucket(at, (rule).turn_at)],
       least((rule).turn_day[width_bucket(at, (rule).turn_at) + 1] - 1, date_in(zone_at(at, rule), at))) end $$;

-- What lay in such an hour was counted on no day: its people are marked on both days beside it, where those are open. A seal
-- that was made at the first of two midnights lies at the last one from now on, so what was sealed stays so.
do $$
declare
  organisation int;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    continue when not exists (select from daily_metrics where org_id = organisation and metric_date < '2011-01-01');
    update organizations o set
      sealed_from = greatest(sealed_from, day_start((sealed_from at time zone time_zone)::date, time_zone)),
      sealed_before = greatest(sealed_before, day_start((sealed_before at time zone time_zone)::date, time_zone))
    where id = organisation and turn_at is null and (sealed_from < '2011-01-01' or sealed_before < '2011-01-01');
    with midnight as materialized (
      select d::date as day, m.at, uuid_floor(m.at - interval '3 hours') as lo_id, uuid_floor(m.at) as hi_id
      from organizations o cross join generate_series(timestamp '1987-01-01', timestamp '2010-12-31', interval '1 day') d
      cross join lateral (select start_of(d::date, day_rule_of(o)) as at) m
      where o.id = organisation and d::date = any (array[
        ((m.at - interval '1 hour') at time zone zone_at(m.at, day_rule_of(o)))::date,
        ((m.at - interval '2 hours') at time zone zone_at(m.at, day_rule_of(o)))::date
      ])
    ),
    found as (
      select m.day, r.user_id from midnight m join sessions r on r.org_id = organisation and r.id >= m.lo_id and r.id < m.hi_id
      union select m.day, r.user_id from midnight m join activities r on r.org_id = organisation and r.id >= m.lo_id and r.id < m.hi_id
      union select m.day, r.user_id from midnight m join messages r on r.org_id = organisation and r.id >= m.lo_id and r.id < m.hi_id
      union select m.day, r.user_id from midnight m join feature_events r on r.org_id = organisation and r.id >= m.lo_id and r.id < m.hi_id
      union select m.day, r.user_id from midnight m join documents r on r.org_id = organisation and r.created_at >= m.at - interval '3 hours' and r.created_at < m.at
      union select m.day, r.user_id from midnight m join queries r on r.org_id = organisation and r.created_at >= m.at - interval '3 hours' and r.created_at < m.at
      union select m.day, r.accessing_user_id from midnight m join shared_twin_interactions r
        on r.org_id = organisation and r.created_at >= m.at - interval '3 hours' and r.created_at < m.at
    )
    insert into ops.dirty_log (org_id, day, n, received_at)
    select organisation, f.day - back, coalesce(u.n, 0), timestamptz '-infinity' from found f
    left join users u on u.org_id = organisation and u.id = f.user_id cross join generate_series(0, 1) back
    union
    select organisation, f.day - back, null, timestamptz '-infinity' from midnight f cross join generate_series(0, 1) back
    where exists (select from daily_metrics d where d.org_id = organisation and d.metric_date between f.day - 1 and f.day);
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
