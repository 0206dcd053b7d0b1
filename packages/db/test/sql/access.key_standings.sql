-- takes: keys text[], now timestamptz
-- gives: id text, org_id int, scopes text[]
select id, org_id, scopes from auth.api_keys
where id = any($1::text[]) and revoked_at is null and (expires_at is null or expires_at > $2::timestamptz);
