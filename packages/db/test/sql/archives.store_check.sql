-- takes: org_id int, month date, seq int, damage text?, now timestamptz
-- gives: 
update archive_parts set damage = $1::text, checked_at = $2::timestamptz where org_id = (select $3::int) and month = $4::date and seq = $5::int;
