-- takes: org_id int, days int
-- gives: 
update organizations set reach_days = greatest(reach_days, $1::int) where id = (select $2::int);
