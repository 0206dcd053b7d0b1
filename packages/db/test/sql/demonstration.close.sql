-- takes: org_id int
-- gives: 
update organizations set closed_at = now() where id = (select $1::int) and closed_at is null;
