-- takes: org_id int, id uuid
-- gives: at timestamptz, from_id uuid?, from_name text, to_id uuid?, to_name text
select c.at, f.id as from_id, f.full_name as from_name, o.id as to_id, o.full_name as to_name from audit_log c
left join users f on f.org_id = (select $1::int) and f.id = (c.details ->> 'from')::uuid and f.deleted_at is null
left join users o on o.org_id = (select $1::int) and o.id = (c.details ->> 'to')::uuid and o.deleted_at is null
where c.org_id = (select $1::int) and c.object_type = 'twin' and c.object_id = $2::uuid::text and c.action = 'twin.set_owner'
order by c.at desc, c.id desc limit 20;
