-- takes: action text, object_type text?, object_id text?, reason text?, details jsonb
-- gives: 
insert into audit_log (action, object_type, object_id, reason, details)
values ($1::text, $2::text, $3::text, $4::text, $5::jsonb);
