-- takes: org_id int, from text?, to text?, from_at timestamptz?, until_at timestamptz?
-- gives: month text, parts int, activities numeric, rows numeric, bytes numeric, location text, is_complete boolean, purged_at timestamptz?, checked_at timestamptz?, damage text?
select to_char(p.month, 'YYYY-MM') as month, count(*)::int as parts,
  sum(greatest(0, p.activity_count - p.left_out_count)) as activities, sum(greatest(0, p.row_count - p.left_out_count)) as rows, sum(p.bytes) as bytes,
  max(p.location) as location, bool_and(p.status = 'purged') as is_complete, max(p.purged_at) as purged_at,
  min(p.checked_at) as checked_at, min(p.damage) as damage
from archive_parts p where p.org_id = (select $1::int) and p.status in ('purging', 'purged')
  and ($2::text is null or p.month between ($2::text || '-01')::date and ($3::text || '-01')::date)
  and ($4::timestamptz is null or (p.manifest ->> 'last_at')::timestamptz >= $4::timestamptz and (p.manifest ->> 'first_at')::timestamptz < $5::timestamptz)
group by p.month order by p.month;
