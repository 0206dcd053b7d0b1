-- takes: org_id int
-- gives: from timestamptz?, before timestamptz?
select sealed_from as "from", sealed_before as before from organizations where id = (select $1::int);
