-- Organisations from before `reach_days` was kept were given the longest there is, and each look for a person's day went
-- into every month for it. Theirs from now on, too: as far as what they have really lies, in the steps that ingest keeps.
do $$
declare
  organisation int;
  furthest interval;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    -- Batches hold the row for key share: those on their way in are seen below, later ones know the new bound.
    perform from organizations where id = organisation and reach_days = 36500 for update;
    continue when not found;
    select max(apart) into furthest from (
      select max(greatest(created_at - uuid_time(conversation_id), uuid_time(conversation_id) - created_at)) from messages where org_id = organisation
      union all select max(greatest(started_at - uuid_time(session_id), uuid_time(session_id) - started_at)) from activities where org_id = organisation and session_named
      union all select max(ended_at - started_at) from sessions where org_id = organisation and not is_derived
      union all select max(greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at)) from documents where org_id = organisation
      union all select max(greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at)) from queries where org_id = organisation
      union all select max(greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at)) from shared_twin_interactions where org_id = organisation
    ) r (apart);
    update organizations set reach_days = (
      select coalesce(min(step) filter (where step * interval '24 hours' >= furthest or furthest is null), 36500)
      from unnest(array[1, 7, 31, 366, 36500]) step
    ) where id = organisation;
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
