-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: id uuid
select id from activities where org_id = (select $1::int) and id = any ($2::uuid[]) and id between $3::uuid and $4::uuid union all select id from feature_events where org_id = (select $1::int) and id = any ($2::uuid[]) and id between $3::uuid and $4::uuid;
