-- takes: id text, expires_at timestamptz, revoked_by uuid?, now timestamptz
-- gives: 
update auth.api_keys set
  expires_at = least(expires_at, $1::timestamptz),
  revoked_at = case when $1::timestamptz <= $2::timestamptz then now() end,
  revoked_by = case when $1::timestamptz <= $2::timestamptz then (select id from auth.accounts where id = $3::uuid) end
where id = $4::text;
