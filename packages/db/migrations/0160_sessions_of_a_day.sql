-- A derived session lasts 24 hours at most: an unbroken row of moments is cut at each full 24 hours from its first one. What
-- a later piece is cut by is kept with it, because the moments before it may be purged; null where the session's own start
-- is the first moment of its row.
alter table sessions add column row_began_at timestamptz check (row_began_at < started_at);

-- Open days that this changes, for whom: of sessions as long as their row of moments, of conversations whose first message
-- comes more than a day after their start (their moment is that message now), and of rows that go on from a session begun
-- before the seal, in which days after its own got none. The marks carry no time of a record, so nothing waits to be sealed.
-- Under FORCE the owner sees one organisation at a time, too.
do $$
declare
  organisation int;
  marked bigint;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    insert into ops.dirty_log (org_id, day, n, received_at)
    select organisation, m.day, m.n, '-infinity'
    from organizations o cross join lateral (
      select u.n, day_of(s.started_at, day_rule_of(o)) as day
      from sessions s join users u on u.org_id = o.id and u.id = s.user_id
      where s.org_id = o.id and s.is_derived and s.ended_at - s.started_at >= interval '24 hours'
      union
      select u.n, day_of(a.started_at, day_rule_of(o))
      from activities a join users u on u.org_id = o.id and u.id = a.user_id
      cross join lateral (
        select m.created_at from messages m where m.org_id = o.id and m.conversation_id = a.id order by m.id limit 1
      ) f
      where o.reach_days > 1 and a.org_id = o.id and a.activity_type = 'conversation' and not a.session_named
        and f.created_at > a.started_at + interval '24 hours'
      union
      select u.n, d.day
      from (
        select distinct s.user_id from sessions s
        where s.org_id = o.id and s.is_derived and s.id < uuid_floor(o.sealed_before)
          and s.ended_at >= o.sealed_before - interval '25 hours'
      ) s
      join users u on u.org_id = o.id and u.id = s.user_id
      join user_days d on d.org_id = o.id and d.n = u.n
      where d.day >= day_from(o.sealed_before, day_rule_of(o)) and d.sessions = 0
    ) m
    where o.id = organisation and not is_sealed(m.day, o);
    get diagnostics marked = row_count;
    if marked > 0 then
      perform enqueue_job('metrics/rollup', json_build_object('org_id', organisation), 'rollup:' || organisation);
    end if;
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
