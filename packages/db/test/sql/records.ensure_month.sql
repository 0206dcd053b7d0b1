-- takes: month date
-- gives: made boolean
select ensure_month($1::date) as made;
