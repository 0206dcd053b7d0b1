-- takes: 
-- gives: id uuid
select a.id from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid order by a.id desc limit $4;
