-- takes: texts text[]
-- gives: v text
select to_tsvector('english', t)::text v from unnest($1::text[]) with ordinality u(t, i) order by i;
