-- takes: org_id int, month text
-- gives: found bigint
select count(*) as found from restored.documents
where org_id = (select $1::int) and activity_id >= uuid_floor(($2::text || '-01 00:00Z')::timestamptz) and activity_id < uuid_floor(($2::text || '-01 00:00Z')::timestamptz at time zone 'UTC' + interval '1 month');
