-- takes: 
-- gives: older_id uuid?, newer_id uuid?
select (select a.id from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid and a.id < $4::uuid order by a.id desc limit $5) as older_id, (select a.id from activities a where a.org_id = (select $6::int) and a.id >= $7::uuid and a.id < $8::uuid and a.id > $9::uuid order by a.id limit $10) as newer_id;
