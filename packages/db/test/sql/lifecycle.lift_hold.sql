-- takes: org_id int, id uuid, now timestamptz, by text
-- gives: user_id uuid?
update legal_holds set lifted_at = $1::timestamptz, lifted_by = $2::text
where org_id = (select $3::int) and id = $4::uuid and lifted_at is null returning user_id;
