-- takes: org_id int
-- gives: created_at timestamptz, latest_activity_at timestamptz?
select o.created_at, a.started_at as latest_activity_at from organizations o
left join lateral (select started_at from activities where org_id = o.id order by id desc limit 1) a on true
where o.id = (select $1::int);
