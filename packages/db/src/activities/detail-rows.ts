import type { ActivityDetail } from "@twin/contracts/activities";
import type { SenderType } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { only, type Statement, statement } from "../postgres/statement.ts";
import type { Tx } from "../tenancy/actor.ts";
import type { PersonColumns } from "../people/masking.ts";

type Part<K extends "document" | "query" | "shared" | "conversation"> = NonNullable<ActivityDetail[K]>;

/** An activity with its details; encrypted values as they are stored. */
export type ActivityRow = {
  id: string;
  /** The person under whose key the details are encrypted: the activity's user, deleted or not. */
  owner_id: string;
  ended_at: string | null;
  metadata: ActivityDetail["metadata"];
  user: PersonColumns | null;
  twin: { is_shared: boolean; owner: PersonColumns | null } | null;
  session: ActivityDetail["session"];
  conversation:
    | (Pick<
        Part<"conversation">,
        "title" | "topic" | "message_count" | "total_tokens" | "summarised_at" | "summarised_until" | "summary_model"
      > & { sealed: Buffer | null; summary_keep: string | null })
    | null;
  document: (Omit<Part<"document">, "content" | "has_content" | "length"> & { sealed: Buffer | null }) | null;
  query:
    | (Omit<Part<"query">, "query_text" | "retrieved_info" | "has_content" | "length" | "sources_count"> & {
        query_sealed: Buffer | null;
        info_sealed: Buffer | null;
      })
    | null;
  shared:
    | (Pick<Part<"shared">, "interaction_purpose" | "was_helpful" | "created_at"> & {
        sealed: Buffer | null;
        accessing_user_id: string;
        accessing_user: PersonColumns | null;
        twin_owner: PersonColumns | null;
      })
    | null;
};

const head = statement(
  "activities.head",
  { org_id: "int", id: "uuid" },
  {
    owner_id: "uuid",
    twin_owner_id: "uuid?",
    is_shared: "boolean?",
    session_id: "uuid?",
    ended_at: "timestamptz?",
    metadata: only<ActivityDetail["metadata"]>("jsonb"),
  },
  (p) => sql`
    select a.user_id as owner_id, t.user_id as twin_owner_id, t.is_shared, a.session_id, a.ended_at, a.metadata
    from activities a left join twins t on t.org_id = a.org_id and t.id = a.twin_id
    where a.org_id = ${p.org_id} and a.id = ${p.id}`,
);

const shared = statement(
  "activities.shared",
  { org_id: "int", id: "uuid" },
  {
    accessing_user_id: "uuid",
    twin_owner_id: "uuid?",
    interaction_purpose: "text?",
    sealed: "bytea?",
    was_helpful: "boolean?",
    created_at: "timestamptz",
  },
  (p) => sql`
    select accessing_user_id, twin_owner_id, interaction_purpose, interaction_summary as sealed, was_helpful, created_at
    from shared_twin_interactions where org_id = ${p.org_id} and activity_id = ${p.id}`,
);

const session = statement(
  "activities.session",
  { org_id: "int", id: "uuid" },
  {
    id: "uuid",
    started_at: "timestamptz",
    ended_at: "timestamptz?",
    duration_seconds: "int?",
    interaction_count: "int",
    is_derived: "boolean",
  },
  (p) => sql`
    select id, started_at, ended_at, duration_seconds, interaction_count, is_derived from sessions
    where org_id = ${p.org_id} and id = ${p.id}`,
);

const conversation = statement(
  "activities.conversation",
  { org_id: "int", id: "uuid" },
  {
    title: "text?",
    topic: "text?",
    message_count: "int",
    total_tokens: "int",
    sealed: "bytea?",
    summarised_at: "timestamptz?",
    summarised_until: "timestamptz?",
    summary_keep: "text?",
    summary_model: "text?",
  },
  (p) => sql`
    select title, topic, message_count, total_tokens, summary as sealed, summarised_at, summarised_until, summary_keep, summary_model
    from conversations where org_id = ${p.org_id} and activity_id = ${p.id}`,
);

const document = statement(
  "activities.document",
  { org_id: "int", id: "uuid" },
  {
    title: "text",
    document_type: "text?",
    sealed: "bytea?",
    word_count: "int?",
    character_count: "int?",
    created_at: "timestamptz",
    is_exported: "boolean",
    exported_at: "timestamptz?",
  },
  (p) => sql`
    select title, document_type, content as sealed, word_count, character_count, created_at, is_exported, exported_at
    from documents where org_id = ${p.org_id} and activity_id = ${p.id}`,
);

const query = statement(
  "activities.query",
  { org_id: "int", id: "uuid" },
  {
    query_sealed: "bytea?",
    query_type: "text?",
    results_count: "int",
    info_sealed: "bytea?",
    sources: only<Part<"query">["sources"]>("jsonb"),
    created_at: "timestamptz",
  },
  (p) => sql`
    select query_text as query_sealed, query_type, results_count, retrieved_info as info_sealed, sources, created_at
    from queries where org_id = ${p.org_id} and activity_id = ${p.id}`,
);

/**
 * Reads an activity and its details, or null. Each detail lies in the partition of the activity's id, so each is one index
 * lookup.
 */
export async function readActivity(tx: Tx, id: string): Promise<ActivityRow | null> {
  const of = { org_id: tx.org_id, id };
  const [activity] = await tx.query(head(of));
  if (!activity) return null;
  const { owner_id, twin_owner_id, is_shared, session_id, ended_at, metadata } = activity;
  const [use] = await tx.query(shared(of));
  const people = await readPeople(tx, [owner_id, twin_owner_id, use?.accessing_user_id, use?.twin_owner_id]);
  const person = (key: string | null | undefined) => (key ? (people.get(key) ?? null) : null);
  return {
    id,
    owner_id,
    ended_at,
    metadata,
    user: person(owner_id),
    twin: is_shared === null ? null : { is_shared, owner: person(twin_owner_id) },
    session: session_id ? await first(tx, session({ ...of, id: session_id })) : null,
    conversation: await first(tx, conversation(of)),
    document: await first(tx, document(of)),
    query: await first(tx, query(of)),
    shared: use
      ? {
          interaction_purpose: use.interaction_purpose,
          was_helpful: use.was_helpful,
          created_at: use.created_at,
          sealed: use.sealed,
          accessing_user_id: use.accessing_user_id,
          accessing_user: person(use.accessing_user_id),
          twin_owner: person(use.twin_owner_id),
        }
      : null,
  };
}

const first = async <R>(tx: Tx, asked: Statement<R>): Promise<R | null> => (await tx.query(asked))[0] ?? null;

const peopleOf = statement(
  "activities.people",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid", full_name: "text", email: "text", department: "text?" },
  (p) => sql`
    select id, full_name, email, department from users
    where org_id = ${p.org_id} and id = any(${p.ids}) and deleted_at is null`,
);

async function readPeople(tx: Tx, ids: readonly (string | null | undefined)[]): Promise<Map<string, PersonColumns>> {
  const rows = await tx.query(
    peopleOf({ org_id: tx.org_id, ids: ids.filter((id) => id !== null && id !== undefined) }),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export type MessageRow = Omit<
  Part<"conversation">["messages"][number],
  "sender_name" | "content" | "has_content" | "is_erased" | "length"
> & {
  user_id: string | null;
  author: string | null;
  sealed: Buffer | null;
};

const most = 1_000;

const messagesOf = statement(
  "activities.messages",
  { org_id: "int", conversation_id: "uuid" },
  {
    id: "uuid",
    user_id: "uuid?",
    author: "text?",
    sender_type: only<SenderType>("text"),
    sealed: "bytea?",
    token_count: "int?",
    created_at: "timestamptz",
    is_edited: "boolean",
    edited_at: "timestamptz?",
  },
  (p) => sql`
    select m.id, m.user_id, u.full_name as author, m.sender_type, m.content as sealed, m.token_count, m.created_at, m.is_edited, m.edited_at
    from messages m left join users u on u.org_id = m.org_id and u.id = m.user_id and u.deleted_at is null
    where m.org_id = ${p.org_id} and m.conversation_id = ${p.conversation_id}
    order by m.created_at, m.seq, m.id limit ${sql.raw(String(most))}`,
);

const messageCount = statement(
  "activities.message_count",
  { org_id: "int", conversation_id: "uuid" },
  { found: "int" },
  (p) => sql`
    select count(*)::int as found from messages
    where org_id = ${p.org_id} and conversation_id = ${p.conversation_id}`,
);

/** The first 1,000 messages of a conversation in their order, and how many more there are. */
export async function readMessages(tx: Tx, conversation_id: string): Promise<{ rows: MessageRow[]; left: number }> {
  const of = { org_id: tx.org_id, conversation_id };
  const rows = await tx.query(messagesOf(of));
  if (rows.length < most) return { rows, left: 0 };
  const [all] = await tx.query(messageCount(of));
  return { rows, left: (all?.found ?? most) - most };
}

const readings = statement(
  "activities.readings",
  { org_id: "int", id: "uuid" },
  { at: "timestamptz", by: "text", reason: "text" },
  (p) => sql`
    select at, actor_name as by, coalesce(reason, '') as reason from audit_log
    where org_id = ${p.org_id} and object_type = 'activity' and object_id = ${p.id}::text and action = 'content.read'
    order by id desc limit 100`,
);

/** Who has read an activity's text, latest first, at most the last 100. */
export const readReadings = (tx: Tx, id: string): Promise<ActivityDetail["readings"]> =>
  tx.query(readings({ org_id: tx.org_id, id }));
