-- takes: most int
-- gives: taken int
select remove_demonstration_rows($1::int) as taken;
