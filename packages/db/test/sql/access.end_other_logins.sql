-- takes: current text, account_id uuid
-- gives: id text
delete from auth.sessions where user_id = $1::uuid and id <> $2::text returning id;
