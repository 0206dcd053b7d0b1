-- takes: 
-- gives: 
set local app.purging = 'on';
