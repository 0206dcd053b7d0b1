-- A month is eight tables for everyone, so what one organisation may ask for over HTTP is counted, by the day (UTC) it was
-- asked on. A job makes what many records of one batch need at once.
create table months_asked (
  org_id int not null,
  month date not null check (extract(day from month) = 1),
  asked_on date not null,
  primary key (org_id, month)
);
create index on months_asked (org_id, asked_on);
select tenant_table('months_asked', 'select, insert, update', 'select, insert, update, delete');

-- Those of these months that `ensure_month` would still have to make.
create function months_missing(months date[]) returns setof date
language sql stable set search_path = public, pg_temp as $$
  select m from unnest(months) m
  where exists (
    select from unnest(array['sessions', 'activities', 'conversations', 'documents', 'queries',
      'shared_twin_interactions', 'messages', 'feature_events']) family
    where to_regclass('public.' || family || '_' || to_char(m, 'YYYY_MM')) is null)
  order by m
$$;
revoke execute on function months_missing from public;
grant execute on function months_missing to twin_app, twin_worker;
