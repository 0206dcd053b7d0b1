-- What happened on a day, for whoever reads the charts: an outage, a release. The same words on the same day are there once.
create table annotations (
  org_id int not null references organizations (id) on delete cascade,
  id uuid not null,
  day date not null,
  text text not null check (length(text) between 1 and 200),
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, day, text)
);
select tenant_table('annotations', 'select, insert, delete', 'select, insert, delete');
