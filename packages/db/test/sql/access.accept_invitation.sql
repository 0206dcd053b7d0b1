-- takes: id text
-- gives: 
update auth.invitations set accepted_at = now() where id = $1::text;
