-- takes: org_id int, from date, to date, except bigint?
-- gives: id bigint, what text, from date, to date
select id, what, from_day as "from", to_day as "to" from backfills
where org_id = (select $1::int) and status in ('queued', 'running') and from_day <= $2::date and to_day >= $3::date and id is distinct from $4::bigint
order by id limit 1;
