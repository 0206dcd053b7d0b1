-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, email text, full_name text, company text?, department text?, timezone text, created_at timestamptz, updated_at timestamptz, last_active_at timestamptz?, first_day date?, is_active boolean, deleted_at timestamptz?
select r.id, r.email, r.full_name, r.company, r.department, r.timezone, r.created_at, r.updated_at, r.last_active_at, r.first_day, r.is_active, r.deleted_at from users r where r.org_id = (select $1::int) and r.id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
