/**
 * Whose a conversation becomes when its author `$2` is erased: the next person who wrote in it, with their first message;
 * where messages were purged, somebody whose words its summary was made of. No row: nobody else wrote, and it goes. Whoever
 * is gone already (rows that come back from an archive) is nobody. The one definition, for what is counted beforehand and
 * for what is done.
 * @param conversation expression of the conversation's id
 */
export const nextAuthor = (conversation: string): string => `
  select next_id, first_id, first_at, first_seq from (
    (select m.user_id as next_id, m.id as first_id, m.created_at as first_at, m.seq as first_seq, 1 as place from messages m
    where m.org_id = $1 and m.conversation_id = ${conversation} and m.sender_type = 'user' and m.user_id <> $2
      and exists (select from users u where u.org_id = $1 and u.id = m.user_id)
    order by m.created_at, m.seq, m.id limit 1)
    union all
    (select u.id, null, null, null, 2 from conversations c cross join unnest(c.summary_author_ids) s (id)
    join users u on u.org_id = $1 and u.id = s.id
    where c.org_id = $1 and c.activity_id = ${conversation} and u.id <> $2 order by u.id limit 1)
  ) n order by place limit 1`;

/** Whether the message `m` comes after the first message of the row `f`, in the order in which a conversation is read. */
export const isAfter = (m: string, f: string): string =>
  `(${m}.created_at, coalesce(${m}.seq, 2147483647), ${m}.id) > (${f}.first_at, coalesce(${f}.first_seq, 2147483647), ${f}.first_id)`;

/** Whether somebody else uses a twin of the person `$2` with the number `$3`: then it stays, without an owner. */
export const isUsedByOthers = (twin: string): string => `(
  exists (select from activities a where a.org_id = $1 and a.twin_id = ${twin} and a.user_id <> $2)
  or exists (select from sessions s where s.org_id = $1 and s.twin_id = ${twin} and s.user_id <> $2)
  or exists (
    select from activities a join messages m on m.org_id = $1 and m.conversation_id = a.id
    where a.org_id = $1 and a.twin_id = ${twin} and m.sender_type = 'user' and m.user_id <> $2
  )
  or exists (select from user_days d where d.org_id = $1 and d.twin_id = ${twin} and d.n <> $3::int))`;
