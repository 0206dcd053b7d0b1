-- takes: org_id int, cut_day date, day_rule day_rule, held_ids uuid[]
-- gives: month date, rows int
    select date_trunc('month', day_of(uuid_time(x.activity_id), $1::day_rule))::date as month, count(*)::int as rows
    from queries x
    where x.org_id = (select $2::int) and x.activity_id < uuid_floor(start_of($3::date, $1::day_rule)) and not exists (
    select from activities a
    where a.org_id = (select $2::int) and a.id = x.activity_id and (cardinality($4::uuid[]) > 0 and (
a.user_id = any ($4::uuid[])
or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($4::uuid[]))
or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($4::uuid[]))
or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $4::uuid[])
or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
  and (i.accessing_user_id = any ($4::uuid[]) or i.twin_owner_id = any ($4::uuid[])))))
  )
    group by 1;
