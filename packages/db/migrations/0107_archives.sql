-- Archives: which files hold what was purged of a month, and months that were brought back to be looked at.

-- One part is one set of files: what fell due of a month (of UTC, as ids are partitioned) in one run. Its life:
--   writing -> written -> verified (read back and counted) -> purging -> purged; abandoned: its files were removed
-- run_id: the run that has it in hand; whoever takes it over writes its own, and the other one's next step fails.
-- purged_upto: up to this id every row of the files is either deleted or in archive_left_out.
create table archive_parts (
  org_id int not null references organizations on delete cascade,
  month date not null,
  seq int not null,
  cut timestamptz not null,
  status text not null check (status in ('writing', 'written', 'verified', 'purging', 'purged', 'abandoned')),
  run_id uuid not null,
  location text not null,
  manifest jsonb,
  manifest_sha256 text,
  activity_count bigint not null default 0,
  row_count bigint not null default 0,
  bytes bigint not null default 0,
  purged_upto uuid,
  left_out_count bigint not null default 0,
  damage text,
  created_at timestamptz not null,
  checked_at timestamptz,
  purged_at timestamptz,
  primary key (org_id, month, seq),
  check (extract(day from month) = 1)
);

-- Activities and feature events of a part that were not deleted, because they were held, changed or gone when their
-- turn came. They are live (or erased); whoever reads the files leaves them out.
create table archive_left_out (
  org_id int not null,
  month date not null,
  seq int not null,
  id uuid not null,
  primary key (org_id, month, seq, id),
  foreign key (org_id, month, seq) references archive_parts on delete cascade
);

-- A month that was, or shall be, brought back into the schema restored.
create table restorations (
  org_id int not null references organizations on delete cascade,
  month date not null,
  status text not null check (status in ('queued', 'running', 'done', 'failed', 'dropping')),
  asked_by text not null,
  asked_at timestamptz not null,
  restored_at timestamptz,
  expires_at timestamptz,
  activity_count bigint not null default 0,
  row_count bigint not null default 0,
  error text,
  primary key (org_id, month)
);

select tenant_table('archive_parts', 'select', 'select, insert, update, delete');
select tenant_table('archive_left_out', 'select', 'select, insert, update, delete');
select tenant_table('restorations', 'select, insert, update', 'select, insert, update, delete');

-- The same tables once more, for months that were brought back. Of one name, so that a transaction which looks here
-- first (search_path) reads an archived activity with the very statements that read a live one. What the erasure of a
-- person takes from the live tables by foreign keys, it takes from these too.
create schema restored;
grant usage on schema restored to twin_app, twin_worker;

do $$
declare
  family text;
begin
  foreach family in array array['activities', 'conversations', 'documents', 'queries', 'shared_twin_interactions',
    'messages', 'feature_events']
  loop
    execute format('create table restored.%I (like public.%1$I including all)', family);
    perform tenant_table(format('restored.%I', family)::regclass, 'select', 'select, insert, update, delete');
    if family in ('activities', 'feature_events') then
      execute format('alter table restored.%I add foreign key (org_id, user_id) references public.users on delete cascade', family);
    elsif family = 'messages' then
      execute format('alter table restored.messages add foreign key (org_id, conversation_id) references restored.conversations on delete cascade,
        add foreign key (org_id, user_id) references public.users on delete set null (user_id)');
    else
      execute format('alter table restored.%I add foreign key (org_id, activity_id) references restored.activities on delete cascade', family);
    end if;
  end loop;
  alter table restored.shared_twin_interactions
    add foreign key (org_id, twin_owner_id) references public.users on delete set null (twin_owner_id);
end $$;
