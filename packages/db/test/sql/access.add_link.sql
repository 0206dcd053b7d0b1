-- takes: id text, kind text, account_id uuid?, mailed boolean, hours int
-- gives: 
insert into auth.links (id, kind, account_id, mailed, expires_at)
values ($1::text, $2::text, $3::uuid, $4::boolean, now() + $5::int * interval '1 hour');
