-- takes: org_id int, ids uuid[]
-- gives: installed_at timestamptz?, uninstalled_at timestamptz?
delete from twin_installations where org_id = (select $1::int) and id = any ($2::uuid[]) returning installed_at, uninstalled_at;
