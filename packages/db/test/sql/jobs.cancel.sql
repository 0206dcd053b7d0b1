-- takes: id bigint
-- gives: done boolean
select cancel_job($1::bigint) as done;
