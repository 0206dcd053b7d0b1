-- takes: task text, payload json, key text?, delay_ms float8, attempts int, priority int
-- gives: queued text
select enqueue_job(
  $1::text, $2::json, $3::text, clock_timestamp() + $4::float8 * interval '1 millisecond',
  $5::int, $6::int
)::text as queued;
