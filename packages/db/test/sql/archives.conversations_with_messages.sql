-- takes: org_id int, after uuid, before timestamptz, most int
-- gives: id uuid
select distinct conversation_id as id from messages
where org_id = (select $1::int) and conversation_id > $2::uuid and conversation_id < uuid_floor($3::timestamptz)
order by conversation_id limit $4::int;
