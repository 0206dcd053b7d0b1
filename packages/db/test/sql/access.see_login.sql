-- takes: id text
-- gives: 
update auth.sessions set last_seen_at = now() where id = $1::text;
