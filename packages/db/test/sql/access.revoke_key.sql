-- takes: id text, org_id int, revoked_by uuid?
-- gives: id text
with recursive lineage as (
  select id, rotated_from from auth.api_keys where id = $1::text and org_id = (select $2::int)
  union
  select k.id, k.rotated_from from auth.api_keys k join lineage l on k.id = l.rotated_from
  where k.expires_at is null or k.expires_at > now()
)
update auth.api_keys set revoked_at = now(), revoked_by = (select id from auth.accounts where id = $3::uuid)
where id in (select id from lineage) and revoked_at is null returning id;
