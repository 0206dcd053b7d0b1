-- takes: org_id int, user_id uuid, before uuid?, limit int
-- gives: id uuid
select s.id from sessions s
where s.org_id = (select $1::int) and s.user_id = $2::uuid and ($3::uuid is null or s.id < $3::uuid) order by s.id desc limit $4::int;
