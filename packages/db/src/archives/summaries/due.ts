import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { statement } from "../../postgres/statement.ts";
import { isHeldActivity } from "../../policies/holds.ts";
import type { Planned, Purge } from "../../policies/purge.ts";

/** A conversation whose messages may be deleted, as this transaction sees it. */
export type DueConversation = {
  id: string;
  /** Under whose key its summary is. */
  user_id: string;
  /** Everyone who wrote in it. */
  author_ids: string[];
  /** The latest of its messages. */
  last_at: string;
  messages: number;
  /** Messages that no summary covers yet. */
  fresh: number;
  /** Bytes of their text, sealed. */
  fresh_bytes: number;
  /** Changes whenever one of its messages changes. */
  digest: string;
  summary: Buffer | null;
  summarised_until: string | null;
};

/** Whether one of these people is about to be erased: conversations that they took part in aren't summarised. */
export const isLeaving = (ids: SQL, org_id: SQL): SQL =>
  sql`exists (select from users u where u.org_id = ${org_id} and u.id = any (${ids}) and u.deleted_at is not null)`;

const dueParams = { org_id: "int", from: "timestamptz", before: "timestamptz", held: "uuid[]" } as const;
type Due = Record<keyof typeof dueParams, SQL>;
const givenTo = (tx: Tx, { due, holds }: Purge) => ({
  org_id: tx.org_id,
  from: due.from,
  before: due.before,
  held: holds.user_ids,
});

/**
 * The one rule of which conversations are due, over those that `ids` selects as `i (id)`: their start and every message lie
 * in [from, before), which policy and seal allow; nobody whom a hold keeps takes part; and nobody who takes part is about
 * to be erased. Until that erasure is done or undone, words that may have to go must not enter a summary, and a person who
 * comes back finds all of theirs. Activities are `a`, conversations `c`, sums over messages `m`.
 */
const dueOf = (p: Due, ids: SQL, sums: SQL, each = sql``): SQL => sql`
  from ${ids} join activities a on a.org_id = ${p.org_id} and a.id = i.id
  join conversations c on c.org_id = ${p.org_id} and c.activity_id = i.id
  cross join lateral (
    select min(m.created_at) as first_at, max(m.created_at) as last_at, count(*)::int as messages,
      coalesce(array_agg(distinct m.user_id) filter (where m.user_id is not null), '{}') as author_ids, ${sums}
    from messages m ${each} where m.org_id = ${p.org_id} and m.conversation_id = i.id
  ) m
  where a.started_at >= ${p.from} and a.started_at < ${p.before} and m.first_at >= ${p.from} and m.last_at < ${p.before}
    and not ${isHeldActivity(sql`a`, p.held)}
    and not ${isLeaving(sql`m.author_ids || a.user_id`, p.org_id)}`;

const isFresh = sql`m.created_at > c.summarised_until is not false`;

const dueConversations = statement(
  "archives.due_conversations",
  { ...dueParams, ids: "uuid[]" },
  {
    id: "uuid",
    user_id: "uuid",
    author_ids: "uuid[]",
    last_at: "timestamptz",
    messages: "int",
    fresh: "int",
    fresh_bytes: "bigint",
    digest: "text",
    summary: "bytea?",
    summarised_until: "timestamptz?",
  },
  (p) => sql`
    select a.id, a.user_id, m.author_ids, m.last_at, m.messages, m.fresh, m.fresh_bytes, m.digest, c.summary, c.summarised_until
    ${dueOf(
      p,
      sql`unnest(${p.ids}) i (id)`,
      sql`count(*) filter (where ${isFresh})::int as fresh,
      coalesce(sum(octet_length(m.content)) filter (where ${isFresh}), 0)::bigint as fresh_bytes,
      -- Of 128 bits, whatever the order and however many they are: as one string they would not fit into memory.
      to_hex(bit_xor(hashtextextended(h.text, 0))) || to_hex(bit_xor(hashtextextended(h.text, 1))) as digest`,
      sql`cross join lateral (select m.id::text || coalesce(m.user_id::text, '') || coalesce(md5(m.content), '') as text) h`,
    )}
    order by a.id`,
);

/** Those of the conversations `ids` that are due. */
export function readDue(tx: Tx, ids: readonly string[], purge: Purge): Promise<DueConversation[]> {
  return tx.query(dueConversations({ ...givenTo(tx, purge), ids }));
}

const planned = statement(
  "archives.plan_conversations",
  dueParams,
  { messages: "int", bytes: "bigint", first_day: "date?", last_day: "date?" },
  (p) => sql`
    select coalesce(sum(d.messages), 0)::int as messages, coalesce(sum(d.bytes), 0)::bigint as bytes,
      day_of(min(d.first_at), day_rule_of(o)) as first_day, day_of(max(d.last_at), day_rule_of(o)) as last_day
    from organizations o left join (
      select m.messages, m.bytes, m.first_at, m.last_at ${dueOf(
        p,
        sql`(select distinct conversation_id as id from messages
          where org_id = ${p.org_id} and conversation_id >= uuid_floor(${p.from}) and conversation_id < uuid_floor(${p.before})) i`,
        sql`sum(100 + coalesce(pg_column_size(m.content), 0)) as bytes`,
      )}
    ) d on true
    where o.id = ${p.org_id} group by o.id`,
);

/** Counts everything that is due. */
export async function planDueMessages(tx: Tx, purge: Purge): Promise<Planned> {
  const [due] = await tx.query(planned(givenTo(tx, purge)));
  const { messages, ...rest } = due!;
  return { tables: messages === 0 ? {} : { messages }, ...rest };
}

const withMessages = statement(
  "archives.conversations_with_messages",
  { org_id: "int", after: "uuid", before: "timestamptz", most: "int" },
  { id: "uuid" },
  (p) => sql`
    select distinct conversation_id as id from messages
    where org_id = ${p.org_id} and conversation_id > ${p.after} and conversation_id < uuid_floor(${p.before})
    order by conversation_id limit ${p.most}`,
);

/** Conversations that hold messages and began before `before`, after the id `after`, the oldest first. */
export async function listWithMessages(tx: Tx, after: string, before: string, most: number): Promise<string[]> {
  const rows = await tx.query(withMessages({ org_id: tx.org_id, after, before, most }));
  return rows.map((row) => row.id);
}
