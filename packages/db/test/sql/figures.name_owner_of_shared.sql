-- takes: org_id int, ids uuid[], first uuid, last uuid, owner uuid?
-- gives: renamed int
update shared_twin_interactions set twin_owner_id = $1::uuid
where org_id = (select $2::int) and activity_id = any ($3::uuid[]) and activity_id >= $4::uuid and activity_id <= $5::uuid and twin_owner_id is distinct from $1::uuid returning 1 as renamed;
