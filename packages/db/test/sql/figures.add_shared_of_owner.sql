-- takes: org_id int, owner uuid?, twin_id uuid, ids uuid[], user_ids uuid[], at timestamptz[]
-- gives: 
insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
select (select $1::int), s.id, s.user_id, $2::uuid, $3::uuid, s.at from unnest($4::uuid[], $5::uuid[], $6::timestamptz[]) s (id, user_id, at)
on conflict do nothing;
