-- takes: org_id int, user_id uuid, user_ids uuid[]
-- gives: held boolean
select exists (select from activities a where a.org_id = (select $1::int) and a.user_id = $2::uuid and (cardinality($3::uuid[]) > 0 and (
a.user_id = any ($3::uuid[])
or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($3::uuid[]))
or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($3::uuid[]))
or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $3::uuid[])
or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
  and (i.accessing_user_id = any ($3::uuid[]) or i.twin_owner_id = any ($3::uuid[]))))))
or exists (
  select from messages m join activities a on a.org_id = (select $1::int) and a.id = m.conversation_id
  where m.org_id = (select $1::int) and m.user_id = $2::uuid and a.user_id <> $2::uuid and (cardinality($3::uuid[]) > 0 and (
a.user_id = any ($3::uuid[])
or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($3::uuid[]))
or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($3::uuid[]))
or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $3::uuid[])
or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
  and (i.accessing_user_id = any ($3::uuid[]) or i.twin_owner_id = any ($3::uuid[])))))
) as held;
