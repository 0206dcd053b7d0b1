-- takes: 
-- gives: task text?
select resume_demonstration() as task;
