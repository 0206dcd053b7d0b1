-- takes: account_id uuid
-- gives: 
delete from auth.links where account_id = $1::uuid;
