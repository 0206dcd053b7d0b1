-- takes: id text, org_id int, name text, source text, secret_hash bytea, scopes text[], created_at timestamptz, created_by uuid?, expires_at timestamptz?, rotated_from text?
-- gives: 
insert into auth.api_keys
  (id, org_id, name, source, secret_hash, scopes, created_at, created_by, expires_at, rotated_from)
values ($1::text, (select $2::int), $3::text, $4::text, $5::bytea, $6::text[], $7::timestamptz,
  (select id from auth.accounts where id = $8::uuid), $9::timestamptz, $10::text);
