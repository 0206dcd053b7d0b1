-- takes: org_id int, before timestamptz
-- gives: 
update organizations set purged_before = $1::timestamptz where id = (select $2::int) and (purged_before is null or purged_before < $1::timestamptz);
