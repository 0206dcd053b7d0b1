-- takes: id text, org_id int
-- gives: 
select from auth.api_keys where id = $1::text and org_id = (select $2::int) for update;
