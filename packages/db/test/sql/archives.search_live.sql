-- takes: 
-- gives: 
set local search_path to default;
