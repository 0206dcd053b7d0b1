-- takes: ids uuid[]
-- gives: 
insert into going select unnest($1::uuid[]);
