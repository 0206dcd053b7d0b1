-- takes: org_id int
-- gives: sealed_from timestamptz?, sealed_before timestamptz?
select sealed_from, sealed_before from organizations where id = (select $1::int);
