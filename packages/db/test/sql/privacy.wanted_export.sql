-- takes: org_id int, id uuid
-- gives: user_id uuid
select user_id from exports x where org_id = (select $1::int) and id = $2::uuid and status = 'queued'
and not exists (select from erasures e where e.org_id = (select $1::int) and e.user_id = x.user_id and e.status in ('erasing', 'erased'))
for update;
