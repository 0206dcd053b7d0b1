-- takes: 
-- gives: 
set local search_path = restored, public;
