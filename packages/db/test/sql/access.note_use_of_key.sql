-- takes: id text, now timestamptz
-- gives: 
update auth.api_keys set last_used_at = $1::timestamptz
where id = $2::text and (last_used_at is null or last_used_at < $1::timestamptz - interval '1 minute');
