-- People who leave. An erasure is asked for, may be undone for some days, then hard: rows go, keys are destroyed. This row
-- outlives the person: user_id is a token that leads nowhere then, and nothing here holds a name, an address or `n`.

-- counts: what went so far, table -> what -> rows, written with the rows that went. lines: the receipt, once it is done.
create table erasures (
  org_id int not null,
  id uuid not null,
  user_id uuid not null,
  reason text not null check (reason in ('asked_by_person', 'left_company', 'no_longer_needed', 'legal_duty')),
  immediately boolean not null default false,
  status text not null default 'asked' check (status in ('asked', 'undone', 'erasing', 'erased')),
  asked_at timestamptz not null,
  asked_by text not null,
  started_at timestamptz,
  ended_at timestamptz,
  counts jsonb not null default '{}',
  number int,
  lines jsonb,
  primary key (org_id, id),
  check ((status = 'erased') = (number is not null) and (number is null) = (lines is null))
);
create unique index on erasures (org_id, number) where number is not null;
create index on erasures (org_id, user_id, asked_at);
create unique index erasures_one_at_a_time on erasures (org_id, user_id) where status in ('asked', 'erasing');
create index on erasures (org_id, asked_at) where status in ('asked', 'erasing');
select tenant_table('erasures', 'select, insert, update', 'select, insert, update, delete');

-- All names of one person are let in again together.
alter table tombstones add column erasure_id uuid;
create index on tombstones (org_id, erasure_id);

-- When a conversation passed to its next author: from their first message on it is theirs. What was before belonged to
-- somebody who was erased, and is kept from coming back.
alter table conversations add column inherited_from timestamptz;
