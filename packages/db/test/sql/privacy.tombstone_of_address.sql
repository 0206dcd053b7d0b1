-- takes: org_id int, key_hash bytea
-- gives: erasure_id uuid?, user_id uuid?, status text
select t.erasure_id, e.user_id, e.status
from tombstones t left join erasures e on e.org_id = t.org_id and e.id = t.erasure_id
where t.org_id = (select $1::int) and t.key_hash = $2::bytea;
