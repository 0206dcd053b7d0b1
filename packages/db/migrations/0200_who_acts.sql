-- Who did it, when and for whom follows from the transaction: an application role says what was done and nothing else.
-- app.actor is set beside app.org_id; in a transaction that doesn't say who acts nothing is written down, and so nothing done.
create function app_actor(field text) returns text language sql stable parallel safe as
$$ select nullif(current_setting('app.actor', true), '')::jsonb ->> field $$;

alter table audit_log
  alter column org_id set default app_org(),
  alter column actor_kind set default app_actor('kind'),
  alter column actor_id set default app_actor('id'),
  alter column actor_name set default app_actor('name'),
  alter column request_id set default app_actor('request_id'),
  alter column ip set default app_actor('ip')::inet;
revoke insert on audit_log from twin_app, twin_worker;
grant insert (action, object_type, object_id, reason, details) on audit_log to twin_app, twin_worker;
