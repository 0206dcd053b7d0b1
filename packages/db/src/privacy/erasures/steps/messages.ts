import { ensureDataKeys } from "../../../tenancy/encryption/data-keys.ts";
import { aadOf, openTexts, sealText } from "../../../tenancy/encryption/text.ts";
import { isAfter, nextAuthor } from "../../../people/authorship.ts";
import { note, type Step, type Work } from "./step.ts";

type Message = {
  id: string;
  conversation_id: string;
  sender_type: "user" | "twin";
  created_at: string;
  content: Buffer | null;
  /** Whose activity the conversation is; null: its activity is theirs and nobody follows, so it goes. */
  heir_id: string | null;
  heir_n: number | null;
  is_after: boolean;
};

/** Messages under the person's key, and whose their conversation is or becomes. */
const underTheirKey = `
  select m.id, m.conversation_id, m.sender_type, m.created_at, m.content, u.id as heir_id, u.n as heir_n,
    coalesce(a.user_id = $2 and ${isAfter("m", "f")}, false) as is_after
  from (select * from messages where org_id = $1 and user_id = $2 order by id limit $3::int) m
  join activities a on a.org_id = $1 and a.id = m.conversation_id
  left join lateral (${nextAuthor("a.id")}) f on a.user_id = $2
  left join users u on u.org_id = $1 and u.id = case when a.user_id = $2 then f.next_id else a.user_id end`;

/**
 * Takes the person's words out of conversations: what they wrote loses its content and author; what their twin answered
 * the next author goes under that author's key, the rest of it goes empty; what is in conversations of theirs alone goes.
 */
export const takeMessages: Step = async (work) => {
  const { tx, user_id, n, dirty } = work;
  const messages = await tx.query<Message>({
    name: "erase_read_messages",
    text: underTheirKey,
    values: [tx.org_id, user_id, work.limit],
  });
  for (const { created_at, sender_type, heir_n } of messages) {
    dirty.mark(n, created_at);
    if (heir_n !== null) dirty.mark(sender_type === "user" ? 0 : heir_n, created_at);
  }
  const going = messages.filter((message) => message.heir_id === null);
  const handed = messages.filter(
    (message) => message.heir_id !== null && message.is_after && message.sender_type === "twin",
  );
  const emptied = messages.filter((message) => message.heir_id !== null && !handed.includes(message));
  await remove(work, going);
  await write(
    work,
    emptied,
    emptied.map(() => null),
  );
  await write(work, handed, await sealAnew(work, handed));
  note(work, "messages", "erased", going.length);
  note(work, "messages", "emptied", emptied.length);
  note(work, "messages", "passed_on", handed.length);
  return messages.length;
};

/** The same words under their heirs' keys, so that they can be read when the old key is gone. */
async function sealAnew({ db, tx, user_id }: Work, messages: readonly Message[]): Promise<(Buffer | null)[]> {
  const aad = ({ id }: Message) => aadOf("messages", "content", tx.org_id, id);
  const texts = await openTexts(
    db,
    tx,
    messages.map((message) => ({ user_id, aad: aad(message), sealed: message.content })),
  );
  const keys = await ensureDataKeys(
    db,
    tx,
    messages.flatMap(({ heir_id }, i) => (texts[i] === null ? [] : [heir_id!])),
  );
  return messages.map((message, i) => {
    const text = texts[i]!;
    return text === null ? null : sealText(keys.get(message.heir_id!)!, aad(message), text);
  });
}

/** Ids of their conversations keep the statements out of other months. */
const place = (messages: readonly Message[]) => {
  const conversations = messages.map(({ conversation_id }) => conversation_id).sort();
  return [
    messages.map(({ conversation_id }) => conversation_id),
    messages.map(({ id }) => id),
    conversations[0],
    conversations.at(-1),
  ];
};
const among = `m.org_id = $1 and m.conversation_id = s.conversation_id and m.id = s.id
  and m.conversation_id >= $4::uuid and m.conversation_id <= $5::uuid`;

async function remove({ tx }: Work, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.query({
    name: "erase_messages",
    text: `delete from messages m using unnest($2::uuid[], $3::uuid[]) s (conversation_id, id) where ${among}`,
    values: [tx.org_id, ...place(messages)],
  });
}

async function write({ tx }: Work, messages: readonly Message[], contents: readonly (Buffer | null)[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.query({
    name: "hand_on_messages",
    text: `update messages m set content = s.content, user_id = s.heir_id,
        metadata = case when s.content is null then null else m.metadata end
      from unnest($2::uuid[], $3::uuid[], $6::uuid[], $7::bytea[]) s (conversation_id, id, heir_id, content) where ${among}`,
    values: [
      tx.org_id,
      ...place(messages),
      messages.map(({ sender_type, heir_id }) => (sender_type === "user" ? null : heir_id)),
      contents,
    ],
  });
}
