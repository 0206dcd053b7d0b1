-- takes: 
-- gives: 
select from auth.accounts limit 1;
