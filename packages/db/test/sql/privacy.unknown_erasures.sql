-- takes: org_id int, ids uuid[], made text[]
-- gives: id uuid
select t.id from unnest($1::uuid[], $2::text[]) t (id, made)
join organizations o on o.id = (select $3::int) and extract(epoch from o.created_at)::text = t.made
where not exists (select from erasures e where e.org_id = (select $3::int) and e.id = t.id and e.status in ('erasing', 'erased'));
