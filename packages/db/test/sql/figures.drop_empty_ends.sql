-- takes: org_id int, days date[], today date
-- gives: 
delete from daily_metrics d where d.org_id = (select $1::int) and d.metric_date = any ($2::date[]) and d.new_users + d.total_sessions + d.total_conversations + d.total_messages + d.total_documents_drafted + d.total_queries + d.total_shared_interactions + d.total_twin_installations = 0
and (d.metric_date > $3::date or not exists (
  select from daily_metrics e where e.org_id = (select $1::int) and e.metric_date < d.metric_date and not (e.new_users + e.total_sessions + e.total_conversations + e.total_messages + e.total_documents_drafted + e.total_queries + e.total_shared_interactions + e.total_twin_installations = 0)
));
