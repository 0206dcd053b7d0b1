-- reach_days bounds what the sender named, too: the end of a session, and the activities in it. Only derived sessions are
-- looked for by their length now, of which there are hardly any; senders may well leave sessions open.
drop index sessions_long;
create index sessions_long_derived on sessions (org_id, user_id, id)
  where is_derived and ended_at - started_at > interval '1 day';
