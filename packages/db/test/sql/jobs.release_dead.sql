-- takes: 
-- gives: pools int
select release_dead_jobs() as pools;
