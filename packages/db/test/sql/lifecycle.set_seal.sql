-- takes: org_id int, from timestamptz?, before timestamptz?
-- gives: 
update organizations set sealed_from = $1::timestamptz, sealed_before = $2::timestamptz where id = (select $3::int);
