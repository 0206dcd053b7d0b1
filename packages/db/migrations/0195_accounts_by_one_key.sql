-- An account is found, and its failed tries are counted, by one key, which access makes in one place. PostgreSQL's lower()
-- folds some letters differently: a try for such an address was counted for another account than the one it opened.
do $$
declare
  held record;
begin
  for held in
    select conrelid::regclass as held_by, conname from pg_constraint
    where conrelid in ('auth.accounts'::regclass, 'auth.invitations'::regclass) and contype = 'c'
      and pg_get_constraintdef(oid) like '%email_key = lower(email)%'
  loop
    execute format('alter table %s drop constraint %I', held.held_by, held.conname);
  end loop;
end $$;
