-- takes: id text
-- gives: 
select from auth.links where id = $1::text and kind = 'setup' and expires_at > now();
