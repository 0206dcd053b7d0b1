-- takes: 
-- gives: ended boolean
select end_demonstration_jobs() as ended;
