-- takes: org_id int, texts text[]
-- gives: vectors text[], wrapped bytea?
select array(select to_tsvector('english', t)::text from unnest($1::text[]) with ordinality u (t, i) order by i) as vectors,
  (select wrapped from org_keys where org_id = (select $2::int) and purpose = 'search') as wrapped;
