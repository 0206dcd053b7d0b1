-- takes: org_id int, id uuid, now timestamptz
-- gives: reason text, asked_at timestamptz, asked_by text, org_created_at text, tombstones text[]
update erasures e set status = 'erasing', started_at = coalesce(started_at, $1::timestamptz)
where org_id = (select $2::int) and id = $3::uuid returning reason, asked_at, asked_by,
  (select extract(epoch from created_at)::text from organizations where id = (select $2::int)) as org_created_at,
  array(select encode(t.key_hash, 'hex') from tombstones t where t.org_id = (select $2::int) and t.erasure_id = $3::uuid order by 1) as tombstones;
