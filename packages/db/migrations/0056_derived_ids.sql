-- The same ids, by a function that keeps its plan from call to call: a query in a function is begun anew for each.
create or replace function derived_session_id(org int, person uuid, twin uuid, platform text, started_at timestamptz) returns uuid
language plpgsql immutable strict parallel safe as $$
declare
  h constant text := encode(sha256(convert_to(concat_ws(':', 'derived', org::text, person::text, twin::text, platform), 'UTF8')), 'hex');
begin
  return (left(replace(uuid_floor(started_at)::text, '-', ''), 12) || '7' || substr(h, 1, 3)
    || substr('89ab', 1 + ascii(substr(h, 4, 1)) % 4, 1) || substr(h, 5, 15))::uuid;
end $$;
