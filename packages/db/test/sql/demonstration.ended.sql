-- takes: slug text
-- gives: 
select from auth.demonstrations_ended where slug = $1::text;
