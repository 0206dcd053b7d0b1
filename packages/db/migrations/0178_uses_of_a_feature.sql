-- Uses of one feature are listed newest first: without the name in front of the id a page of a seldom used one would be
-- a walk through everyone's uses of all others.
create index on feature_events (org_id, feature_name, id);
create index on restored.feature_events (org_id, feature_name, id);
