-- takes: 
-- gives: 
delete from auth.links where kind = 'setup';
