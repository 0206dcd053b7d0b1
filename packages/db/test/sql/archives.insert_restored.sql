-- takes: org_id int
-- gives: added int
insert into restored.activities (org_id, id, user_id, twin_id, session_id, session_named, activity_type, action_description, started_at, ended_at, platform, device_type, metadata, revised_at)
select (select $1::int), r.id, r.user_id, r.twin_id, r.session_id, r.session_named, r.activity_type, r.action_description, timestamptz 'epoch' + r.started_at * interval '1 microsecond', timestamptz 'epoch' + r.ended_at * interval '1 microsecond', r.platform, r.device_type, r.metadata::jsonb, timestamptz 'epoch' + r.revised_at * interval '1 microsecond' from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::boolean[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::text[], $14::bigint[]) r (id, user_id, twin_id, session_id, session_named, activity_type, action_description, started_at, ended_at, platform, device_type, metadata, revised_at)
on conflict do nothing returning 1 as added;
