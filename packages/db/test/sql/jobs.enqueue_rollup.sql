-- takes: 
-- gives: queued text?
select enqueue_rollup()::text as queued;
