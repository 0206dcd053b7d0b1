-- takes: org_id int, ids uuid[]
-- gives: 
delete from external_ids where org_id = (select $1::int) and kind in ('activity', 'feature') and id = any ($2::uuid[]);
