-- takes: id text, account_id uuid
-- gives: id text
delete from auth.sessions where id = $1::text and user_id = $2::uuid returning id;
