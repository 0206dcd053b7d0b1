-- Rows of a restored month that belong to people who were erased since are treated like live ones at an erasure, by the
-- same statements, in the transaction that brings them back: until its end they may refer to people who are gone.
do $$
declare
  found record;
begin
  for found in
    select c.conrelid::regclass as family, c.conname as name from pg_constraint c
    where c.contype = 'f' and c.confrelid = 'public.users'::regclass and c.connamespace = 'restored'::regnamespace
  loop
    execute format('alter table %s alter constraint %I deferrable', found.family, found.name);
  end loop;
end $$;
