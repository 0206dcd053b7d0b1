-- takes: account_id uuid, current text
-- gives: id text, user_agent text?, network text?, created_at timestamptz, last_seen_at timestamptz, is_current boolean
select s.id, s.user_agent, network(set_masklen(s.ip, case family(s.ip) when 4 then 24 else 48 end))::text as network, s.created_at, s.last_seen_at,
  s.id = $1::text as is_current
from auth.sessions s
where s.user_id = $2::uuid and s.expires_at > now() and s.created_at > now() - interval '90 days'
order by is_current desc, s.last_seen_at desc, s.id limit 100;
