import { sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { textOf } from "../../postgres/statement.ts";
import { isHeldActivity } from "../../policies/holds.ts";
import type { Planned, Purge } from "../../policies/purge.ts";

/** A conversation whose messages may go, as it stands in this transaction. */
export type DueConversation = {
  id: string;
  /** Under whose key its summary is. */
  user_id: string;
  /** Everyone who wrote in it. */
  author_ids: string[];
  /** The latest of its messages. */
  last_at: string;
  messages: number;
  /** Those of them that no summary tells of yet. */
  fresh: number;
  /** Bytes of their text, sealed. */
  fresh_bytes: number;
  /** Changes with any of its messages. */
  digest: string;
  summary: Buffer | null;
  summarised_until: string | null;
};

/** Whether one of some people is about to be erased: then what they took part in isn't summarised. */
export const isLeaving = (ids: string): string =>
  `exists (select from users u where u.org_id = $1 and u.id = any (${ids}) and u.deleted_at is not null)`;

/**
 * The one rule of what is due, over the conversations that `ids` selects as `i (id)`: every message of theirs, and their
 * start, lies in what policy and seal let go ([$2, $3)); nobody who is held ($4) has part in them; and nobody who took part
 * is about to be erased: until that is over, or taken back, words that may have to go are not put into a summary, and
 * people who come back find all of theirs. Activities are `a`, conversations `c`, sums over messages `m`.
 */
const dueOf = (ids: string, sums: string, each = ""): string => `
  from ${ids} join activities a on a.org_id = $1 and a.id = i.id
  join conversations c on c.org_id = $1 and c.activity_id = i.id
  cross join lateral (
    select min(m.created_at) as first_at, max(m.created_at) as last_at, count(*)::int as messages,
      coalesce(array_agg(distinct m.user_id) filter (where m.user_id is not null), '{}') as author_ids, ${sums}
    from messages m ${each} where m.org_id = $1 and m.conversation_id = i.id
  ) m
  where a.started_at >= $2 and a.started_at < $3 and m.first_at >= $2 and m.last_at < $3
    and not ${textOf(isHeldActivity(sql`a`, sql`$4::uuid[]`), [])}
    and not ${isLeaving("m.author_ids || a.user_id")}`;

const isFresh = "m.created_at > c.summarised_until is not false";

/** Those of the conversations `ids` that are due. */
export function readDue(tx: Tx, ids: readonly string[], { due, holds }: Purge): Promise<DueConversation[]> {
  return tx.query({
    name: "due_conversations",
    text: `select a.id, a.user_id, m.author_ids, m.last_at, m.messages, m.fresh, m.fresh_bytes, m.digest, c.summary, c.summarised_until
      ${dueOf(
        "unnest($5::uuid[]) i (id)",
        `count(*) filter (where ${isFresh})::int as fresh,
        coalesce(sum(octet_length(m.content)) filter (where ${isFresh}), 0)::bigint as fresh_bytes,
        -- Of 128 bits, whatever the order and however many they are: as one string they would not fit into memory.
        to_hex(bit_xor(hashtextextended(h.text, 0))) || to_hex(bit_xor(hashtextextended(h.text, 1))) as digest`,
        "cross join lateral (select m.id::text || coalesce(m.user_id::text, '') || coalesce(md5(m.content), '') as text) h",
      )}
      order by a.id`,
    values: [tx.org_id, due.from, due.before, holds.user_ids, ids],
  });
}

/** What is due altogether. */
export async function planDue(tx: Tx, { due, holds }: Purge): Promise<Planned> {
  const [planned] = await tx.query<Omit<Planned, "tables"> & { messages: number }>({
    name: "plan_conversations",
    text: `select coalesce(sum(d.messages), 0)::int as messages, coalesce(sum(d.bytes), 0)::bigint as bytes,
        day_of(min(d.first_at), day_rule_of(o)) as first_day, day_of(max(d.last_at), day_rule_of(o)) as last_day
      from organizations o left join (
        select m.messages, m.bytes, m.first_at, m.last_at ${dueOf(
          `(select distinct conversation_id as id from messages
            where org_id = $1 and conversation_id >= uuid_floor($2) and conversation_id < uuid_floor($3)) i`,
          "sum(100 + coalesce(pg_column_size(m.content), 0)) as bytes",
        )}
      ) d on true
      where o.id = $1 group by o.id`,
    values: [tx.org_id, due.from, due.before, holds.user_ids],
  });
  const { messages, ...rest } = planned!;
  return { tables: messages === 0 ? {} : { messages }, ...rest };
}

/** Conversations that hold messages and began before `before`, after the id `after`, the oldest first. */
export async function listWithMessages(tx: Tx, after: string, before: string, most: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>({
    name: "conversations_with_messages",
    text: `select distinct conversation_id as id from messages
      where org_id = $1 and conversation_id > $2 and conversation_id < uuid_floor($3)
      order by conversation_id limit $4`,
    values: [tx.org_id, after, before, most],
  });
  return rows.map((row) => row.id);
}
