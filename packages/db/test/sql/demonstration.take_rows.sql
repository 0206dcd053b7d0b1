-- takes: place text, most int
-- gives: taken int
select remove_demonstration_rows($1::text, $2::int) as taken;
