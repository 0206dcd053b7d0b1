-- takes: org_id int, id uuid
-- gives: user_id uuid, n int, counts jsonb, status text
select e.user_id, u.n, e.counts, e.status from erasures e join users u on u.org_id = (select $1::int) and u.id = e.user_id
where e.org_id = (select $1::int) and e.id = $2::uuid and e.status in ('asked', 'erasing') for update of u, e;
