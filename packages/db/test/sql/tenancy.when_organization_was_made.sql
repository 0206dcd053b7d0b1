-- takes: org_id int
-- gives: made_at text
select extract(epoch from created_at)::text as made_at from organizations where id = (select $1::int);
