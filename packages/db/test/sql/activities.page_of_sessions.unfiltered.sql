-- takes: 
-- gives: id uuid
select s.id from sessions s where s.org_id = (select $1::int) and s.id >= $2::uuid and s.id < $3::uuid order by s.id desc limit $4 offset $5;
