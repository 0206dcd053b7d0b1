-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: 
delete from shared_twin_interactions where org_id = (select $1::int) and activity_id = any ($2::uuid[]) and activity_id >= $3::uuid and activity_id <= $4::uuid;
