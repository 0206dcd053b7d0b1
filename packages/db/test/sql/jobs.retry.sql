-- takes: id bigint
-- gives: done boolean
select retry_job($1::bigint) as done;
