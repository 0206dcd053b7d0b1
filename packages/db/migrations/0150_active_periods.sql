-- Who was active in a calendar week or month, one bit a person as in day_users, whose days it is put together from: two
-- years by weeks are then read in a fifth of the rows.
create table active_periods (
  org_id int not null,
  period text not null check (period in ('week', 'month')),
  start_date date not null check (date_trunc(period, start_date::timestamp) = start_date),
  lane int not null,
  bits bit(2048) not null,
  primary key (org_id, period, start_date, lane)
);
select tenant_table('active_periods', 'select', 'select, insert, update, delete');

-- Kinds differ in how many rows they have by a factor of a hundred, and every organisation has them all: without knowing
-- them together the planner takes a few first days for as many as all active ones.
create statistics day_users_kinds (mcv) on org_id, kind from day_users;
alter statistics day_users_kinds set statistics 1000;

-- Under FORCE the owner sees one organisation at a time, too.
do $$
declare
  organisation int;
begin
  for organisation in select id from auth.organizations loop
    perform set_config('app.org_id', organisation::text, true);
    insert into active_periods (org_id, period, start_date, lane, bits)
    select org_id, period, date_trunc(period, day::timestamp)::date, lane, bit_or(bits)
    from day_users cross join (values ('week'), ('month')) p (period)
    where org_id = organisation and kind = 'active' group by 1, 2, 3, 4;
  end loop;
  perform set_config('app.org_id', '', true);
end $$;
