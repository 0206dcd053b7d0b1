-- takes: org_id int, id uuid
-- gives: title text?, topic text?, message_count int, total_tokens int, sealed bytea?, summarised_at timestamptz?, summarised_until timestamptz?, summary_keep text?, summary_model text?
select title, topic, message_count, total_tokens, summary as sealed, summarised_at, summarised_until, summary_keep, summary_model
from conversations where org_id = (select $1::int) and activity_id = $2::uuid;
