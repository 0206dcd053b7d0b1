-- Processes remember keys for a moment: whatever decides who a key stands for is told to them as it changes.
create function auth.tell_key() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('api_keys', old.id);
  return null;
end $$;

create trigger api_key_changed after update of id, org_id, name, source, secret_hash, scopes, expires_at, revoked_at
  on auth.api_keys for each row when (old.* is distinct from new.*) execute function auth.tell_key();
create trigger api_key_deleted after delete on auth.api_keys for each row execute function auth.tell_key();
