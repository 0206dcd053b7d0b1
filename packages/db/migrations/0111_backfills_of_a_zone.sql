-- The zone whose days a backfill brings in, where a change of zone began it: until it is done open days hold figures of the
-- old zone's days, which must not become final.
alter table backfills add column zone text;
