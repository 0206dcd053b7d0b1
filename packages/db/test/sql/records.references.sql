-- takes: org_id int, source text, kinds text[], hashes bytea[], emails text[], people uuid[], twins uuid[], tombstones bytea[]
-- gives: what text, kind text?, key_hash bytea?, id uuid?, n int?, email_key text?, erased boolean?, owner uuid?
with named as materialized (
  select k.kind, k.key_hash, e.id from unnest($1::text[], $2::bytea[]) k (kind, key_hash)
  cross join lateral (
    select id from external_ids e
    where e.org_id = (select $3::int) and e.kind = k.kind and e.source = $4::text and e.key_hash = k.key_hash offset 0
  ) e
),
person as (
  select u.id, u.n, u.email_key, u.deleted_at is not null as erased
  from (select id from named where kind = 'user' union select unnest($5::uuid[])) k
  cross join lateral (select * from users u where u.org_id = (select $3::int) and u.id = k.id offset 0) u
  union
  select u.id, u.n, u.email_key, u.deleted_at is not null from unnest($6::text[]) k (email_key)
  cross join lateral (select * from users u where u.org_id = (select $3::int) and u.email_key = k.email_key offset 0) u
)
select 'name' as what, kind, key_hash, id, null::int as n, null as email_key, null::boolean as erased, null::uuid as owner
from named
union all select 'person', null, null, id, n, email_key, erased, null from person
union all
select 'twin', null, null, t.id, null, null, null, t.user_id
from (select id from named where kind = 'twin' union select unnest($7::uuid[])) k
cross join lateral (select * from twins t where t.org_id = (select $3::int) and t.id = k.id offset 0) t
union all
select 'tombstone', null, t.key_hash, null, null, null, null, null from unnest($8::bytea[]) k (key_hash)
cross join lateral (
  select key_hash from tombstones t where t.org_id = (select $3::int) and t.key_hash = k.key_hash offset 0
) t;
