-- takes: day date
-- gives: dropped text[]
select drop_month($1::date) as dropped;
