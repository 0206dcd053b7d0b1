-- takes: org_id int, after uuid, until uuid, from timestamptz, before timestamptz, held uuid[]
-- gives: id uuid
select id from feature_events where org_id = (select $1::int) and id >= uuid_floor($2::timestamptz) and id < uuid_floor($3::timestamptz) and user_id <> all ($4::uuid[]) and id > $5::uuid and id < $6::uuid order by id limit 1000;
