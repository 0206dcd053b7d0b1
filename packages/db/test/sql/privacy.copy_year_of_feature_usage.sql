-- takes: org_id int, user_id uuid, first_day date
-- gives: row jsonb
select to_jsonb(d) - '{org_id,n}'::text[] as row from feature_usage d join users u on u.org_id = (select $1::int) and u.id = $2::uuid and u.n = d.n where d.org_id = (select $1::int)
  and d.usage_date >= $3::date and d.usage_date < ($3::date + interval '1 year') order by d.usage_date;
