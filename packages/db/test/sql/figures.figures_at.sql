-- takes: org_id int
-- gives: figures_at timestamptz?
select figures_at from organizations where id = (select $1::int);
