-- takes: org_id int, viewer_titles boolean
-- gives: 
update auth.organizations set viewer_titles = $1::boolean where id = (select $2::int);
