import type { ActivityDetail } from "@twin/contracts/activities";
import type { Tx } from "../tenancy/actor.ts";
import type { PersonColumns } from "../people/masking.ts";

type Part<K extends "document" | "query" | "shared" | "conversation"> = NonNullable<ActivityDetail[K]>;

/** An activity with what hangs on it; sealed values as they are stored. */
export type ActivityRow = {
  id: string;
  /** Under whose key the details are: the activity's user, deleted or not. */
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

const one = async <R>(tx: Tx, name: string, text: string, id: string): Promise<R | null> =>
  (await tx.query<R>({ name, text, values: [tx.org_id, id] }))[0] ?? null;

type Head = {
  owner_id: string;
  twin_owner_id: string | null;
  is_shared: boolean | null;
  session_id: string | null;
  ended_at: string | null;
  metadata: ActivityDetail["metadata"];
};

/** Reads an activity and its details, or null. Each detail lies in the month of the activity's id, so each is one probe. */
export async function readActivity(tx: Tx, id: string): Promise<ActivityRow | null> {
  const head = await one<Head>(
    tx,
    "activity-head",
    `select a.user_id as owner_id, t.user_id as twin_owner_id, t.is_shared, a.session_id, a.ended_at, a.metadata
     from activities a left join twins t on t.org_id = a.org_id and t.id = a.twin_id
     where a.org_id = $1 and a.id = $2`,
    id,
  );
  if (!head) return null;
  const shared = await one<
    NonNullable<ActivityRow["shared"]> & { accessing_user_id: string; twin_owner_id: string | null }
  >(
    tx,
    "activity-shared",
    `select accessing_user_id, twin_owner_id, interaction_purpose, interaction_summary as sealed, was_helpful, created_at
     from shared_twin_interactions where org_id = $1 and activity_id = $2`,
    id,
  );
  const people = await readPeople(tx, [
    head.owner_id,
    head.twin_owner_id,
    shared?.accessing_user_id,
    shared?.twin_owner_id,
  ]);
  const person = (key: string | null | undefined) => (key ? (people.get(key) ?? null) : null);
  return {
    id,
    owner_id: head.owner_id,
    ended_at: head.ended_at,
    metadata: head.metadata,
    user: person(head.owner_id),
    twin: head.is_shared === null ? null : { is_shared: head.is_shared, owner: person(head.twin_owner_id) },
    session: head.session_id
      ? await one(
          tx,
          "activity-session",
          `select id, started_at, ended_at, duration_seconds, interaction_count, is_derived from sessions where org_id = $1 and id = $2`,
          head.session_id,
        )
      : null,
    conversation: await one(
      tx,
      "activity-conversation",
      `select title, topic, message_count, total_tokens, summary as sealed, summarised_at, summarised_until, summary_keep, summary_model
       from conversations where org_id = $1 and activity_id = $2`,
      id,
    ),
    document: await one(
      tx,
      "activity-document",
      `select title, document_type, content as sealed, word_count, character_count, created_at, is_exported, exported_at
       from documents where org_id = $1 and activity_id = $2`,
      id,
    ),
    query: await one(
      tx,
      "activity-query",
      `select query_text as query_sealed, query_type, results_count, retrieved_info as info_sealed, sources, created_at
       from queries where org_id = $1 and activity_id = $2`,
      id,
    ),
    shared: shared && {
      interaction_purpose: shared.interaction_purpose,
      was_helpful: shared.was_helpful,
      created_at: shared.created_at,
      sealed: shared.sealed,
      accessing_user_id: shared.accessing_user_id,
      accessing_user: person(shared.accessing_user_id),
      twin_owner: person(shared.twin_owner_id),
    },
  };
}

async function readPeople(tx: Tx, ids: readonly (string | null | undefined)[]): Promise<Map<string, PersonColumns>> {
  const rows = await tx.query<PersonColumns>({
    name: "activity-people",
    text: `select id, full_name, email, department from users
           where org_id = $1 and id = any($2::uuid[]) and deleted_at is null`,
    values: [tx.org_id, ids.filter(Boolean)],
  });
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

/** The first 1,000 messages of a conversation in their order, and how many more there are. */
export async function readMessages(tx: Tx, conversation_id: string): Promise<{ rows: MessageRow[]; left: number }> {
  const rows = await tx.query<MessageRow>({
    name: "activity-messages",
    text: `select m.id, m.user_id, u.full_name as author, m.sender_type, m.content as sealed, m.token_count, m.created_at, m.is_edited, m.edited_at
           from messages m left join users u on u.org_id = m.org_id and u.id = m.user_id and u.deleted_at is null
           where m.org_id = $1 and m.conversation_id = $2 order by m.created_at, m.seq, m.id limit $3`,
    values: [tx.org_id, conversation_id, most],
  });
  if (rows.length < most) return { rows, left: 0 };
  const all = await one<{ found: number }>(
    tx,
    "activity-message-count",
    "select count(*)::int as found from messages where org_id = $1 and conversation_id = $2",
    conversation_id,
  );
  return { rows, left: (all?.found ?? most) - most };
}

/** Who has read an activity's text, latest first, at most the last 100. */
export const readReadings = (tx: Tx, id: string): Promise<ActivityDetail["readings"]> =>
  tx.query({
    name: "activity-readings",
    text: `select at, actor_name as by, coalesce(reason, '') as reason from audit_log
           where org_id = $1 and object_type = 'activity' and object_id = $2::text and action = 'content.read'
           order by id desc limit 100`,
    values: [tx.org_id, id],
  });
