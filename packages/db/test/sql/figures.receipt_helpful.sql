-- takes: org_id int, from date, to date
-- gives: value jsonb
select jsonb_build_object('yes', coalesce(sum(d.helpful_yes), 0), 'no', coalesce(sum(d.helpful_no), 0)) as value from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date;
