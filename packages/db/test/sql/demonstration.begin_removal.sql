-- takes: org_id int, slug text
-- gives: 
update auth.organizations set removed_at = now(), slug = $1::text where id = (select $2::int);
