-- takes: before_ms bigint
-- gives: 
delete from auth.rate_limits where expire < $1::bigint;
