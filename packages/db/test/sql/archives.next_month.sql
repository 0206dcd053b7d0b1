-- takes: org_id int, from uuid, since timestamptz, before timestamptz
-- gives: month text?
select to_char(uuid_time(least(
  (select id from activities where org_id = (select $1::int) and id >= greatest($2::uuid, uuid_floor($3::timestamptz)) and id < uuid_floor($4::timestamptz) order by id limit 1),
  (select id from feature_events where org_id = (select $1::int) and id >= greatest($2::uuid, uuid_floor($3::timestamptz)) and id < uuid_floor($4::timestamptz) order by id limit 1)
)) at time zone 'UTC', 'YYYY-MM-01') as month;
