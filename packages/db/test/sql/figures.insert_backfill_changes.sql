-- takes: org_id int, backfill_id bigint, chunk int, days date[], tables text[], columns text[], rows int[], before jsonb[], after jsonb[]
-- gives: 
insert into backfill_changes (org_id, backfill_id, chunk, day, table_name, column_name, row_count, before, after)
select (select $1::int), $2::bigint, $3::int, c.* from unnest($4::date[], $5::text[], $6::text[], $7::int[], $8::jsonb[], $9::jsonb[]) c;
