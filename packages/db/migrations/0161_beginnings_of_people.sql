-- Where a person's created_at comes from. By when somebody came alone they are new on no day.
alter table users add column created_at_source text not null default 'sent'
  check (created_at_source in ('sent', 'derived', 'arrival'));
create index users_undated on users (org_id, n) where created_at_source <> 'sent';

-- What is stored doesn't say who came without a time. But then their id was made of the very millisecond that was written to
-- created_at, and no sender's time is that one but by an accident of 1 in a thousand in the second of its arrival.
-- Who of them did something begins with it: in open days that is for the rollup to find, once sessions are right; where it
-- lies in sealed days, which no rollup looks at, and of which raw rows may be gone, it is written here, by the facts of the
-- day where these are earlier. Sealed days keep their totals.
do $$
declare
  organisation int;
  marked bigint;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    with undated as materialized (
      select p.id, p.n, day_of(p.created_at, day_rule_of(o)) as came_on, is_sealed(b.day, o) as in_seal, b.day,
        case when b.day < day_of(p.raw_at, day_rule_of(o)) or p.raw_at is null then start_of(b.day, day_rule_of(o)) else p.raw_at end as at
      from organizations o cross join lateral (
        select u.id, u.n, u.created_at, least(
          (select s.started_at from sessions s where s.org_id = u.org_id and s.user_id = u.id order by s.id limit 1),
          (select min(x.started_at) from twins t cross join lateral (
            select a.started_at from activities a where a.org_id = u.org_id and a.twin_id = t.id order by a.id limit 1
          ) x where t.org_id = u.org_id and t.user_id = u.id)
        ) as raw_at, least(
          (select min(d.day) from user_days d where d.org_id = u.org_id and d.n = u.n and d.sessions > 0),
          (select min(d.day) from twins t join user_days d on d.org_id = u.org_id and d.twin_id = t.id
            where t.org_id = u.org_id and t.user_id = u.id
              and d.conversations + d.query_activities + d.document_activities + d.shared_activities > 0)
        ) as facts_day
        from users u where u.org_id = o.id and u.created_at = uuid_time(u.id)
      ) p
      cross join lateral (select least(p.facts_day, day_of(p.raw_at, day_rule_of(o))) as day) b
      where o.id = organisation
    ),
    changed as (
      update users u set created_at = case when d.in_seal then d.at else u.created_at end,
        created_at_source = case when d.in_seal then 'derived' else 'arrival' end
      from undated d where u.org_id = organisation and u.id = d.id
    )
    insert into ops.dirty_log (org_id, day, n, received_at)
    select organisation, m.day, m.n, '-infinity' from (
      select came_on as day, null::int as n from undated union select day, n from undated where not in_seal and day is not null
    ) m join organizations o on o.id = organisation where not is_sealed(m.day, o);
    get diagnostics marked = row_count;
    if marked > 0 then
      perform enqueue_job('metrics/rollup', json_build_object('org_id', organisation), 'rollup:' || organisation);
    end if;
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
