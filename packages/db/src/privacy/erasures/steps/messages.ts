import { type SQL, sql } from "drizzle-orm";
import { ensureDataKeys } from "../../../tenancy/encryption/data-keys.ts";
import { aadOf, openTexts, sealText } from "../../../tenancy/encryption/text.ts";
import { isAfter, nextAuthor } from "../../../people/authorship.ts";
import { note, type ErasureStep, type ErasureWork } from "./step.ts";
import { only, statement } from "../../../postgres/statement.ts";

type Message = {
  id: string;
  conversation_id: string;
  sender_type: "user" | "twin";
  created_at: string;
  content: Buffer | null;
  /** Whose activity the conversation is; null: it has no next author and is deleted with its activity. */
  next_author_id: string | null;
  next_author_n: number | null;
  is_after: boolean;
};

/** Messages under the person's key, and whose their conversation is or becomes. */
const underTheirKey = statement(
  "privacy.erase_read_messages",
  { org_id: "int", user_id: "uuid", limit: "int" },
  {
    id: "uuid",
    conversation_id: "uuid",
    sender_type: only<Message["sender_type"]>("text"),
    created_at: "timestamptz",
    content: "bytea?",
    next_author_id: "uuid?",
    next_author_n: "int?",
    is_after: "boolean",
  },
  (p) => sql`
    select m.id, m.conversation_id, m.sender_type, m.created_at, m.content, u.id as next_author_id, u.n as next_author_n,
      coalesce(a.user_id = ${p.user_id} and ${isAfter(sql`m`, sql`f`)}, false) as is_after
    from (select * from messages where org_id = ${p.org_id} and user_id = ${p.user_id} order by id limit ${p.limit}) m
    join activities a on a.org_id = ${p.org_id} and a.id = m.conversation_id
    left join lateral (${nextAuthor(sql`a.id`, p)}) f on a.user_id = ${p.user_id}
    left join users u on u.org_id = ${p.org_id} and u.id = case when a.user_id = ${p.user_id} then f.next_id else a.user_id end`,
);

/**
 * Takes the person's words out of conversations. What they wrote loses content and author. What their twin answered the
 * next author is encrypted under that author's key; its other answers lose their content. Messages in conversations that
 * were theirs alone are deleted.
 */
export const takeMessages: ErasureStep = async (work) => {
  const { tx, user_id, n, dirty } = work;
  const messages = await tx.query(underTheirKey({ org_id: tx.org_id, user_id, limit: work.limit }));
  for (const { created_at, sender_type, next_author_n } of messages) {
    dirty.mark(n, created_at);
    if (next_author_n !== null) dirty.mark(sender_type === "user" ? 0 : next_author_n, created_at);
  }
  const going = messages.filter((message) => message.next_author_id === null);
  const handed = messages.filter(
    (message) => message.next_author_id !== null && message.is_after && message.sender_type === "twin",
  );
  const emptied = messages.filter((message) => message.next_author_id !== null && !handed.includes(message));
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

/** The same words under the keys of the next authors, so that they can be read when the old key is destroyed. */
async function sealAnew({ db, tx, user_id }: ErasureWork, messages: readonly Message[]): Promise<(Buffer | null)[]> {
  const aad = ({ id }: Message) => aadOf("messages", "content", tx.org_id, id);
  const texts = await openTexts(
    db,
    tx,
    messages.map((message) => ({ user_id, aad: aad(message), sealed: message.content })),
  );
  const keys = await ensureDataKeys(
    db,
    tx,
    messages.flatMap(({ next_author_id }, i) => (texts[i] === null ? [] : [next_author_id!])),
  );
  return messages.map((message, i) => {
    const text = texts[i]!;
    return text === null ? null : sealText(keys.get(message.next_author_id!)!, aad(message), text);
  });
}

/** Which messages; ids of their conversations keep the statements out of other months. */
const place = (org_id: number, messages: readonly Message[]) => {
  const conversation_ids = messages.map(({ conversation_id }) => conversation_id);
  const inOrder = [...conversation_ids].sort();
  return { org_id, conversation_ids, ids: messages.map(({ id }) => id), from: inOrder[0]!, to: inOrder.at(-1)! };
};
const placeParams = { org_id: "int", conversation_ids: "uuid[]", ids: "uuid[]", from: "uuid", to: "uuid" } as const;
const among = (p: {
  org_id: SQL;
  from: SQL;
  to: SQL;
}) => sql`m.org_id = ${p.org_id} and m.conversation_id = s.conversation_id and m.id = s.id
      and m.conversation_id >= ${p.from} and m.conversation_id <= ${p.to}`;

const eraseMessages = statement(
  "privacy.erase_messages",
  placeParams,
  {},
  (p) => sql`
    delete from messages m using unnest(${p.conversation_ids}, ${p.ids}) s (conversation_id, id) where ${among(p)}`,
);

async function remove({ tx }: ErasureWork, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.query(eraseMessages(place(tx.org_id, messages)));
}

const handOnMessages = statement(
  "privacy.hand_on_messages",
  { ...placeParams, next_author_ids: "uuid[]", contents: "bytea[]" },
  {},
  (p) => sql`
    update messages m set content = s.content, user_id = s.next_author_id,
      metadata = case when s.content is null then null else m.metadata end
    from unnest(${p.conversation_ids}, ${p.ids}, ${p.next_author_ids}, ${p.contents}) s (conversation_id, id, next_author_id, content) where ${among(p)}`,
);

async function write(
  { tx }: ErasureWork,
  messages: readonly Message[],
  contents: readonly (Buffer | null)[],
): Promise<void> {
  if (messages.length === 0) return;
  const next_author_ids = messages.map(({ sender_type, next_author_id }) =>
    sender_type === "user" ? null : next_author_id,
  );
  await tx.query(handOnMessages({ ...place(tx.org_id, messages), next_author_ids, contents }));
}
