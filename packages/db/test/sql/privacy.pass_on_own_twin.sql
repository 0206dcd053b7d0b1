-- takes: org_id int, ids uuid[], next_ids uuid[], from uuid, to uuid
-- gives: gone int
delete from shared_twin_interactions i using unnest($1::uuid[], $2::uuid[]) s (id, next_id), twins t
where i.org_id = (select $3::int) and i.activity_id = s.id and i.activity_id >= $4::uuid and i.activity_id <= $5::uuid
  and t.org_id = (select $3::int) and t.id = i.twin_id and t.user_id = s.next_id returning 1 as gone;
