-- takes: org_id int, id uuid, owner_id uuid, now timestamptz
-- gives: 
update twins set user_id = $1::uuid, owner_revised_at = $2::timestamptz, owner_by_hand = true, updated_at = $2::timestamptz
where org_id = (select $3::int) and id = $4::uuid;
