-- takes: 
-- gives: 
set constraints all deferred;
