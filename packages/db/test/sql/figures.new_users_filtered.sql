-- takes: org_id int, from date, to date, starts date[], rule day_rule
-- gives: at int, users int
select width_bucket(day_of(u.created_at, $1::day_rule), $2::date[]) - 1 as at, count(*)::int as users from users u
where u.org_id = (select $3::int)
  and u.created_at_source <> 'arrival' and u.created_at >= start_of($4::date, $1::day_rule) and u.created_at < start_of($5::date + 1, $1::day_rule)
  and (u.id = any($6)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($7) and (coalesce(nullif(u.department, ''), '(none)') = any($8)) is not true and u.company = $9 and (coalesce(nullif(u.company, ''), '(none)') = any($10)) is not true
group by 1;
