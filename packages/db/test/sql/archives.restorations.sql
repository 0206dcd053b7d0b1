-- takes: org_id int, month text?
-- gives: month text, status text, asked_by text, asked_at timestamptz, restored_at timestamptz?, expires_at timestamptz?, activities bigint, rows bigint, error text?
select to_char(r.month, 'YYYY-MM') as month, r.status, r.asked_by, r.asked_at, r.restored_at, r.expires_at,
  r.activity_count as activities, r.row_count as rows, r.error from restorations r where r.org_id = (select $1::int) and ($2::text is null or r.month = ($2::text || '-01')::date) order by r.month;
