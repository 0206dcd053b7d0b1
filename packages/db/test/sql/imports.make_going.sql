-- takes: 
-- gives: 
create temp table going (id uuid primary key) on commit drop;
