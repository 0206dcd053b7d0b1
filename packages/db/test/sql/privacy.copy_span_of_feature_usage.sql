-- takes: org_id int, user_id uuid
-- gives: first int?, last int?
select extract(year from min(usage_date))::int as first, extract(year from max(usage_date))::int as last from feature_usage d join users u on u.org_id = (select $1::int) and u.id = $2::uuid and u.n = d.n where d.org_id = (select $1::int);
