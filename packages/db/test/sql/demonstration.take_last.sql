-- takes: 
-- gives: gone boolean
select remove_demonstration() as gone;
