-- takes: org_id int, id uuid, now timestamptz, counts jsonb, lines jsonb
-- gives: number int
update erasures e set status = 'erased', ended_at = $1::timestamptz, counts = $2::jsonb, lines = $3::jsonb,
  number = (select coalesce(max(l.number), 0) + 1 from erasures l where l.org_id = (select $4::int))
where e.org_id = (select $4::int) and e.id = $5::uuid returning e.number;
