import { type SQL, sql } from "drizzle-orm";

/** Whose erasure it is: parameters of the statement. */
type Erased = { org_id: SQL; user_id: SQL };

/**
 * The next author of a conversation when its author is erased: the next person who wrote in it, with their first message;
 * where messages were purged, somebody whose words its summary was made of. No row: nobody else wrote, and the conversation
 * is deleted. People who are erased already don't count, as where rows come back from an archive. The one definition, for
 * counting beforehand and for the erasure.
 * @param conversation expression of the conversation's id
 */
export const nextAuthor = (conversation: SQL, p: Erased): SQL => sql`
  select next_id, first_id, first_at, first_seq from (
    (select m.user_id as next_id, m.id as first_id, m.created_at as first_at, m.seq as first_seq, 1 as place from messages m
    where m.org_id = ${p.org_id} and m.conversation_id = ${conversation} and m.sender_type = 'user' and m.user_id <> ${p.user_id}
      and exists (select from users u where u.org_id = ${p.org_id} and u.id = m.user_id)
    order by m.created_at, m.seq, m.id limit 1)
    union all
    (select u.id, null, null, null, 2 from conversations c cross join unnest(c.summary_author_ids) s (id)
    join users u on u.org_id = ${p.org_id} and u.id = s.id
    where c.org_id = ${p.org_id} and c.activity_id = ${conversation} and u.id <> ${p.user_id} order by u.id limit 1)
  ) n order by place limit 1`;

/** Whether the message `m` comes after the first message of the row `f`, in the order in which a conversation is read. */
export const isAfter = (m: SQL, f: SQL): SQL =>
  sql`(${m}.created_at, coalesce(${m}.seq, 2147483647), ${m}.id) > (${f}.first_at, coalesce(${f}.first_seq, 2147483647), ${f}.first_id)`;

/** Whether somebody else uses a twin of the person `user_id` with the number `n`: then the twin stays, without an owner. */
export const isUsedByOthers = (twin: SQL, p: Erased & { n: SQL }): SQL => sql`(
  exists (select from activities a where a.org_id = ${p.org_id} and a.twin_id = ${twin} and a.user_id <> ${p.user_id})
  or exists (select from sessions s where s.org_id = ${p.org_id} and s.twin_id = ${twin} and s.user_id <> ${p.user_id})
  or exists (
    select from activities a join messages m on m.org_id = ${p.org_id} and m.conversation_id = a.id
    where a.org_id = ${p.org_id} and a.twin_id = ${twin} and m.sender_type = 'user' and m.user_id <> ${p.user_id}
  )
  or exists (select from user_days d where d.org_id = ${p.org_id} and d.twin_id = ${twin} and d.n <> ${p.n}))`;
