-- takes: org_id int, now timestamptz
-- gives: id uuid
with lost as (
  update exports x set status = 'failed',
    error = coalesce(x.error, 'its job was lost or cancelled: the worker may have run out of memory')
  where x.org_id = (select $1::int) and x.status = 'queued' and x.expires_at >= $2::timestamptz
    and not exists (select from queued_jobs() j where j.job_key = 'export:' || x.org_id || ':' || x.id and j.state <> 'failed')
  returning x.id
), old as (
  update exports x set status = 'expired', wrapped = null, error = null
  where x.org_id = (select $1::int) and x.status in ('queued', 'ready', 'failed') and x.expires_at < $2::timestamptz
  returning x.id
), ended as (select id from lost union all select id from old), gone as (
  delete from export_chunks where org_id = (select $1::int) and export_id in (select id from ended)
)
select id from ended;
