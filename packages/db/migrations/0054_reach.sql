-- How far from its activity's start, in days, a message, document, query or shared interaction lies at most: the furthest
-- that ever came in, kept by ingest. Partitions go by the activity's time; by this a look for the rows of one person's
-- day leaves out the months that can't hold any. What was stored before isn't known to be near: no bound there.
alter table organizations add column reach_days int not null default 36500 check (reach_days between 1 and 36500);
alter table organizations alter column reach_days set default 1;
