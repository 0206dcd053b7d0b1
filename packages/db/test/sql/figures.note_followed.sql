-- takes: org_id int, twin_id uuid, upto uuid
-- gives: 
update owner_corrections set upto = $1::uuid where org_id = (select $2::int) and twin_id = $3::uuid;
