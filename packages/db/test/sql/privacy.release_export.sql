-- takes: org_id int, id uuid
-- gives: 
update exports set claimed_at = null where org_id = (select $1::int) and id = $2::uuid;
