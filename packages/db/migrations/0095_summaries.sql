-- Conversations that outlive their messages. summarised_until: messages up to then are told of by the summary, and go.
-- summary_keep: how long messages were kept when it was made, such as '1 year'. summary_model: who wrote it; null: it quotes
-- the conversation. summary_author_ids: whose words it may hold beside those of the activity's user, whose key it is under:
-- who erases a person takes these summaries too. They are few, so the index is.
alter table conversations add column summarised_until timestamptz;
alter table conversations add column summary_keep text;
alter table conversations add column summary_model text;
alter table conversations add column summary_author_ids uuid[];
create index on conversations (org_id, activity_id) where summary_author_ids is not null;

-- What a policy takes was there: counts and tokens of a conversation stay as they were.
create or replace function messages_count_removed() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  if current_setting('app.purging', true) = 'on' then
    return null;
  end if;
  select array_agg(m.org_id), array_agg(m.conversation_id), array_agg(-m.more_messages), array_agg(-m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select org_id, conversation_id, count(*)::int as more_messages, coalesce(sum(token_count), 0)::int as more_tokens
    from removed group by org_id, conversation_id
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $$;
