-- takes: 
-- gives: rollups int
select enqueue_missed_rollups() as rollups;
