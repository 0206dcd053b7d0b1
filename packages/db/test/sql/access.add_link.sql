-- takes: id text, kind text, account_id uuid?, days int
-- gives: 
insert into auth.links (id, kind, account_id, expires_at)
values ($1::text, $2::text, $3::uuid, now() + $4::int * interval '1 day');
