-- takes: today date, grace text
-- gives: days int
select ($1::date + $2::text::interval)::date - $1::date as days;
