-- takes: id uuid, full_name text
-- gives: 
update auth.accounts set full_name = $1::text where id = $2::uuid;
