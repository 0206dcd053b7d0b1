-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, name text, description text?, is_shared boolean, created_at timestamptz, updated_at timestamptz, last_trained_at timestamptz?, document_count int, email_count int, asked_by_others int, installations jsonb
select r.id, r.name, r.description, r.is_shared, r.created_at, r.updated_at, r.last_trained_at, r.document_count, r.email_count,
        (select count(*)::int from shared_twin_interactions i where i.org_id = (select $1::int) and i.twin_id = r.id) as asked_by_others,
        (select coalesce(jsonb_agg(to_jsonb(t) - '{org_id,id,twin_id,revised_at}'::text[] order by t.installed_at), '[]')
          from twin_installations t where t.org_id = (select $1::int) and t.twin_id = r.id) as installations from twins r where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
