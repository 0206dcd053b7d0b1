-- Sums of facts that pages ask for again and again, each recomputed from facts where facts are: what all people together
-- did on a day, and a twin in a month.

create table platform_days (
  org_id int not null,
  day date not null,
  platform text not null,
  sessions int not null default 0,
  ended_sessions int not null default 0,
  session_seconds bigint not null default 0,
  conversations int not null default 0,
  query_activities int not null default 0,
  document_activities int not null default 0,
  shared_activities int not null default 0,
  timed_activities int not null default 0,
  activity_seconds bigint not null default 0,
  user_messages int not null default 0,
  twin_messages int not null default 0,
  tokens bigint not null default 0,
  documents int not null default 0,
  queries int not null default 0,
  shared_interactions int not null default 0,
  helpful_yes int not null default 0,
  helpful_no int not null default 0,
  primary key (org_id, day, platform)
);

create table feature_days (
  org_id int not null,
  day date not null,
  feature_name text not null,
  usage_count int not null,
  primary key (org_id, day, feature_name)
);

-- Activities of a twin, also shared ones. The second index finds the busiest of a month, the key what they did in others.
create table twin_months (
  org_id int not null,
  twin_id uuid not null,
  month date not null check (extract(day from month) = 1),
  activities int not null check (activities > 0),
  primary key (org_id, twin_id, month) include (activities)
);
create index twin_months_busiest on twin_months (org_id, month, activities, twin_id);
create index user_days_twin on user_days (org_id, twin_id, day);

select tenant_table('platform_days', 'select', 'select, insert, update, delete');
select tenant_table('feature_days', 'select', 'select, insert, update, delete');
select tenant_table('twin_months', 'select', 'select, insert, update, delete');

-- Under FORCE the owner sees one organisation at a time, too.
do $$
declare
  organisation int;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    insert into platform_days
    select org_id, day, platform, sum(sessions), sum(ended_sessions), sum(session_seconds), sum(conversations),
      sum(query_activities), sum(document_activities), sum(shared_activities), sum(timed_activities), sum(activity_seconds),
      sum(user_messages), sum(twin_messages), sum(tokens), sum(documents), sum(queries), sum(shared_interactions),
      sum(helpful_yes), sum(helpful_no)
    from user_days where org_id = organisation group by org_id, day, platform;
    insert into feature_days
    select org_id, usage_date, feature_name, sum(usage_count)
    from feature_usage where org_id = organisation group by org_id, usage_date, feature_name;
    insert into twin_months
    select org_id, twin_id, date_trunc('month', day::timestamp)::date,
      sum(conversations + query_activities + document_activities + shared_activities)
    from user_days where org_id = organisation group by 1, 2, 3
    having sum(conversations + query_activities + document_activities + shared_activities) > 0;
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
