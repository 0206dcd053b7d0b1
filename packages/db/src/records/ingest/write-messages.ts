import type { NestedMessage, RecordOf } from "@twin/contracts/ingest";
import type { SenderType } from "@twin/contracts/vocabulary";
import { ensureDataKeys } from "../../tenancy/encryption/data-keys.ts";
import { aadOf, openTexts, sealText } from "../../tenancy/encryption/text.ts";
import { mapInTurns, Turns } from "../../postgres/turns.ts";
import { type Arrived, type ParentConversation, readArrived, tailOf } from "./arrived-messages.ts";
import type { Batch } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { ActivityEntry, Entry } from "./parse.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";
import type { ActivityState } from "./stored-activities.ts";

type State = {
  id: string;
  conversation: ParentConversation;
  user_id: string | null;
  n: number;
  sender_type: SenderType;
  created_at: string;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
};
type Row = {
  id: string;
  conversation_id: string;
  user_id: string | null;
  n: number | null;
  sender_type: SenderType;
  created_at: string;
  revised_at: string | null;
  content: Buffer | null;
  token_count: number | null;
  seq: number | null;
  edited_at: string | null;
  metadata: unknown;
};

const identity: Columns = {
  id: "uuid",
  conversation_id: "uuid",
  user_id: "uuid",
  sender_type: "text",
  created_at: "timestamptz",
};
const mutable: Columns = {
  content: "bytea",
  token_count: "int",
  seq: "int",
  edited_at: "timestamptz",
  metadata: "json",
  revised_at: "timestamptz",
};
const defaults: Fields = { content: null, token_count: null, seq: null, edited_at: null, metadata: null };
const fieldsOf = ({ content, token_count, seq, edited_at, metadata }: NestedMessage): Fields => ({
  content,
  token_count,
  seq,
  edited_at,
  metadata,
});

/**
 * Stores messages, those inside activities and those by themselves. A message is identified by its conversation and the
 * sender's id; time, sender and author belong to its identity.
 */
export async function writeMessages(
  batch: Batch,
  activities: readonly ActivityEntry[],
  stored: Map<number, ActivityState>,
  alone: readonly Entry<RecordOf<"message">>[],
): Promise<void> {
  const { tx, references, outcomes, dirty, reach, lines } = batch;
  const arrived = await readArrived(batch, activities, stored, alone);
  if (arrived.length === 0) return;
  const states = await loadStates(batch, arrived);
  const inherited = await loadInherited(batch, arrived);
  const moved = new Map<string, ParentConversation>();
  const turns = new Turns();

  for (const { index, path, record, conversation, key, id } of arrived) {
    if (turns.isOver()) await turns.next();
    const done = outcomes.attempt(
      index,
      () => {
        const author = record.sender_type === "user" && record.user ? references.person(record.user) : null;
        const from = inherited.get(conversation.id);
        if (from !== undefined && !author && (record.sender_type === "user" || record.created_at < from))
          throw new Rejected("ERASED", "whose conversation this was, was erased");
        const state = states.get(key);
        if (state) {
          const seq = state.revised.fields["seq"];
          const isChanged = reviseMessage(batch, state, record, author?.id);
          // Of messages of one time, seq says which is the first.
          if (state.revised.fields["seq"] !== seq) moved.set(conversation.id, conversation);
          lines.met(state.id);
          return isChanged ? "updated" : "duplicate";
        }
        const { user_id, n } = author ? { user_id: author.id, n: author.n } : conversation;
        const revised = { fields: wholeOf(fieldsOf(record), defaults), revised_at: record.updated_at ?? null };
        states.set(key, {
          id,
          conversation,
          user_id,
          n,
          sender_type: record.sender_type,
          created_at: record.created_at,
          revised,
          isNew: true,
          isTouched: false,
        });
        dirty.mark(n, record.created_at);
        reach.note(conversation.started_at, record.created_at);
        moved.set(conversation.id, conversation);
        lines.made("message", id, conversation.id);
        return "accepted";
      },
      path,
    );
    if (done === null) continue;
    if (path === undefined) outcomes.store(index, done);
    else if (done !== "duplicate") outcomes.touch(index);
  }
  await markMovedMoments(
    batch,
    [...moved.values()].filter((conversation) => !conversation.isNew),
  );
  const written = [...states.values()].filter((state) => state.isNew || state.isTouched);
  const rows = sortedBy(await toRows(batch, written), (row) => row.conversation_id + row.id);
  await insertNewRows(
    tx,
    "messages",
    { ...identity, ...mutable },
    rows.filter((row) => row.isNew),
  );
  await updateRows(
    tx,
    "messages",
    { keys: { conversation_id: "uuid", id: "uuid" }, set: mutable, timeKey: "conversation_id" },
    rows.filter((row) => !row.isNew),
  );
}

async function loadStates({ db, tx }: Batch, arrived: readonly Arrived[]): Promise<Map<string, State>> {
  const known = arrived.filter(({ conversation }) => !conversation.isNew);
  if (known.length === 0) return new Map();
  const conversations = new Map(known.map(({ conversation }) => [conversation.id, conversation]));
  const ids = [...conversations.keys()].sort();
  const rows = await tx.query<Row>({
    name: "lock_messages",
    text: `select m.id, m.conversation_id, m.user_id, u.n, m.sender_type, m.created_at, m.revised_at, m.content, m.token_count, m.seq, m.edited_at, m.metadata
      from messages m left join users u on u.org_id = $1 and u.id = m.user_id
      where m.org_id = $1 and m.conversation_id = any($2::uuid[]) and m.conversation_id >= $4::uuid and m.conversation_id <= $5::uuid
        and substr(m.id::text, 15) = any($3::text[])
      order by m.conversation_id, m.id for no key update of m`,
    values: [tx.org_id, ids, [...new Set(known.map(({ id }) => tailOf(id)))], ids[0], ids.at(-1)],
  });
  const texts = await openTexts(
    db,
    tx,
    rows.map((row) => ({
      user_id: row.user_id,
      aad: aadOf("messages", "content", tx.org_id, row.id),
      sealed: row.content,
    })),
  );
  return new Map(
    rows.map(({ id, conversation_id, user_id, n, sender_type, created_at, revised_at, ...fields }, i) => [
      `${conversation_id}/${tailOf(id)}`,
      {
        id,
        conversation: conversations.get(conversation_id)!,
        user_id,
        n: n ?? 0,
        sender_type,
        created_at,
        revised: { fields: { ...fields, content: texts[i] }, revised_at },
        isNew: false,
        isTouched: false,
      },
    ]),
  );
}

/**
 * Conversations that passed to their next author, and the time since when. Senders don't know of it: messages that name no
 * author, or lie before that time, are words of the erased person, or answers to them.
 */
async function loadInherited({ tx }: Batch, arrived: readonly Arrived[]): Promise<Map<string, string>> {
  const ids = [...new Set(arrived.flatMap(({ conversation }) => (conversation.isNew ? [] : [conversation.id])))].sort();
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; from: string }>({
    name: "load_inherited",
    text: `select activity_id as id, inherited_from as "from" from conversations
      where org_id = $1 and activity_id = any($2::uuid[]) and activity_id >= $3::uuid and activity_id <= $4::uuid
        and inherited_from is not null`,
    values: [tx.org_id, ids, ids[0], ids.at(-1)],
  });
  return new Map(rows.map(({ id, from }) => [id, from]));
}

function reviseMessage({ dirty }: Batch, state: State, record: NestedMessage, author: string | undefined): boolean {
  const conflict = (what: string, path: string) => new Rejected("CONFLICT", `this message ${what}`, path);
  if (state.created_at !== record.created_at) throw conflict(`was created at ${state.created_at}`, "created_at");
  if (state.sender_type !== record.sender_type) throw conflict(`is the ${state.sender_type}'s`, "sender_type");
  // Its author and their words were erased: sending them again must not bring them back.
  if (state.user_id === null) throw new Rejected("ERASED", "this message's author was erased");
  if (author && author !== state.user_id) throw conflict("has another author", "user");
  const after = revise(state.revised, fieldsOf(record), record.updated_at, defaults);
  const isChanged = changed(state.revised, after);
  if (after !== state.revised) state.isTouched = true;
  if (isChanged) dirty.mark(state.n, state.created_at);
  state.revised = after;
  return isChanged;
}

/**
 * More messages, or another order of messages of one time, can move a conversation's moment (docs/METRICS.md, "Sessions"): days are
 * marked from where it was, at the start or at the user's first message so far.
 */
async function markMovedMoments({ tx, dirty }: Batch, conversations: readonly ParentConversation[]): Promise<void> {
  if (conversations.length === 0) return;
  const rows = await tx.query<{ id: string; at: string | null }>({
    name: "first_own_messages",
    text: `select c.id, (
          select m.created_at from messages m
          where m.org_id = $1 and m.conversation_id = c.id and m.sender_type = 'user' and m.user_id = c.user_id
          order by m.id limit 1
        ) at
      from unnest($2::uuid[], $3::uuid[]) c(id, user_id)`,
    values: [tx.org_id, conversations.map((one) => one.id), conversations.map((one) => one.user_id)],
  });
  const firstOf = new Map(rows.map((row) => [row.id, row.at]));
  for (const { id, n, started_at } of conversations) dirty.mark(n, started_at, firstOf.get(id));
}

async function toRows({ db, tx }: Batch, states: readonly State[]) {
  const writers = states.flatMap((state) =>
    state.user_id && state.revised.fields["content"] !== null ? [state.user_id] : [],
  );
  const keys = await ensureDataKeys(db, tx, writers);
  return mapInTurns(states, (state) => {
    const text = state.revised.fields["content"] as string | null;
    return {
      ...state.revised.fields,
      id: state.id,
      conversation_id: state.conversation.id,
      user_id: state.user_id,
      sender_type: state.sender_type,
      created_at: state.created_at,
      revised_at: state.revised.revised_at,
      content:
        text === null
          ? null
          : sealText(keys.get(state.user_id!)!, aadOf("messages", "content", tx.org_id, state.id), text),
      isNew: state.isNew,
    };
  });
}
