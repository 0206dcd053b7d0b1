-- The source's triggers, a statement at a time. Each first reads the transition table alone into arrays, then locks the
-- rows it will touch in the order of their ids, then runs one update an organisation. Without the ordered lock two
-- batches that touch the same rows deadlock. FOR NO KEY UPDATE lets foreign keys to the same rows be checked meanwhile.

-- users.last_active_at follows new sessions and never moves backwards.
create function sessions_touch_users() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  orgs int[];
  people uuid[];
  newest timestamptz[];
  org int;
begin
  select array_agg(s.org_id), array_agg(s.user_id), array_agg(s.newest)
  into orgs, people, newest
  from (select org_id, user_id, max(started_at) as newest from added group by org_id, user_id) s;

  for org in select distinct unnest(orgs) order by 1 loop
    perform from users u
    where u.org_id = org
      and u.id = any (array(select t.id from unnest(orgs, people) as t (org_id, id) where t.org_id = org))
    order by u.id
    for no key update;

    update users u
    set last_active_at = t.newest
    from unnest(orgs, people, newest) as t (org_id, id, newest)
    where t.org_id = org and u.org_id = org and u.id = t.id
      and (u.last_active_at is null or u.last_active_at < t.newest);
  end loop;
  return null;
end $$;

create trigger sessions_touch_users after insert on sessions
  referencing new table as added for each statement execute function sessions_touch_users();

-- Adds differences to conversations.message_count and total_tokens; one call is one kind of change.
create function add_to_conversations(orgs int[], conversation_ids uuid[], counts int[], tokens int[]) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  at constant timestamptz := now();
  org int;
begin
  for org in select distinct unnest(orgs) order by 1 loop
    perform from conversations c
    where c.org_id = org
      and c.activity_id = any (array(select t.id from unnest(orgs, conversation_ids) as t (org_id, id) where t.org_id = org))
    order by c.activity_id
    for no key update;

    update conversations c
    set message_count = c.message_count + t.messages, total_tokens = c.total_tokens + t.tokens, updated_at = at
    from unnest(orgs, conversation_ids, counts, tokens) as t (org_id, id, messages, tokens)
    where t.org_id = org and c.org_id = org and c.activity_id = t.id;
  end loop;
end $$;
revoke execute on function add_to_conversations from public;
grant execute on function add_to_conversations to twin_app, twin_worker;

create function messages_count_added() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  select array_agg(m.org_id), array_agg(m.conversation_id), array_agg(m.more_messages), array_agg(m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select org_id, conversation_id, count(*)::int as more_messages, coalesce(sum(token_count), 0)::int as more_tokens
    from added group by org_id, conversation_id
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $$;

create function messages_count_removed() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  select array_agg(m.org_id), array_agg(m.conversation_id), array_agg(-m.more_messages), array_agg(-m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select org_id, conversation_id, count(*)::int as more_messages, coalesce(sum(token_count), 0)::int as more_tokens
    from removed group by org_id, conversation_id
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $$;

create function messages_count_changed() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  before_orgs int[]; before_ids uuid[]; before_tokens int[];
  after_orgs int[]; after_ids uuid[]; after_tokens int[];
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  select array_agg(org_id), array_agg(conversation_id), array_agg(token_count) into before_orgs, before_ids, before_tokens from removed;
  select array_agg(org_id), array_agg(conversation_id), array_agg(token_count) into after_orgs, after_ids, after_tokens from added;
  select array_agg(m.org_id), array_agg(m.id), array_agg(m.more_messages), array_agg(m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select c.org_id, c.id, sum(c.messages)::int as more_messages, coalesce(sum(c.token_count), 0)::int as more_tokens
    from (
      select b.org_id, b.id, -1 as messages, -b.token_count as token_count
      from unnest(before_orgs, before_ids, before_tokens) as b (org_id, id, token_count)
      union all
      select a.org_id, a.id, 1, a.token_count
      from unnest(after_orgs, after_ids, after_tokens) as a (org_id, id, token_count)
    ) c
    group by c.org_id, c.id
    having sum(c.messages) <> 0 or coalesce(sum(c.token_count), 0) <> 0
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $$;

create trigger messages_count_added after insert on messages
  referencing new table as added for each statement execute function messages_count_added();
create trigger messages_count_removed after delete on messages
  referencing old table as removed for each statement execute function messages_count_removed();
create trigger messages_count_changed after update on messages
  referencing old table as removed new table as added for each statement execute function messages_count_changed();
