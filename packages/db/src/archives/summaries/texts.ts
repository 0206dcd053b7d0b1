import type { SenderType } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { aadOf, openTexts } from "../../tenancy/encryption/text.ts";
import type { Conversation } from "./conversation.ts";
import type { DueConversation } from "./due.ts";

/**
 * Messages of one conversation that are read for its summary, and bytes of them; of a longer one every second, third … is
 * read.
 */
const mostMessages = 10_000;
const mostBytes = 4_000_000;
/** Characters of one message that are read. */
const longestMessage = 50_000;

// Their places first, by keys alone; then each text by its key. OFFSET 0 keeps the planner from joining the two.
const textsOf = statement(
  "archives.texts_to_summarise",
  { org_id: "int", ids: "uuid[]", until: "timestamptz[]", steps: "int[]" },
  { conversation_id: "uuid", id: "uuid", user_id: "uuid?", sender_type: only<SenderType>("text"), sealed: "bytea" },
  (p) => sql`
    select c.id as conversation_id, m.*
    from unnest(${p.ids}, ${p.until}, ${p.steps}) c (id, until, step)
    cross join lateral (
      select m.id, row_number() over (order by m.created_at, m.seq, m.id) as no from messages m
      where m.org_id = ${p.org_id} and m.conversation_id = c.id and m.created_at > c.until is not false and m.content is not null
    ) n
    cross join lateral (
      select m.id, m.user_id, m.sender_type, m.content as sealed from messages m
      where m.org_id = ${p.org_id} and m.conversation_id = c.id and m.id = n.id and (n.no - 1) % c.step = 0 offset 0
    ) m
    order by c.id, n.no`,
);

/**
 * What the summaries of due conversations are made from: messages that no summary covers yet, in their order, and the
 * earlier summary. Words of erased authors are gone and enter none.
 */
export async function readTexts(
  db: Database,
  tx: Tx,
  due: readonly DueConversation[],
): Promise<Map<string, Conversation>> {
  const step = ({ fresh, fresh_bytes }: DueConversation) =>
    Math.max(1, Math.ceil(fresh / mostMessages), Math.ceil(fresh_bytes / mostBytes));
  const rows = await tx.query(
    textsOf({
      org_id: tx.org_id,
      ids: due.map(({ id }) => id),
      until: due.map((one) => one.summarised_until),
      steps: due.map(step),
    }),
  );
  const words = await openTexts(
    db,
    tx,
    rows.map(({ id, user_id, sealed }) => ({ user_id, sealed, aad: aadOf("messages", "content", tx.org_id, id) })),
  );
  const earlier = await openTexts(
    db,
    tx,
    due.map(({ id, user_id, summary }) => ({
      user_id,
      sealed: summary,
      aad: aadOf("conversations", "summary", tx.org_id, id),
    })),
  );
  const conversations = new Map(
    due.map(({ id }, i): [string, Conversation] => [id, { earlier: earlier[i] ?? null, turns: [] }]),
  );
  rows.forEach(({ conversation_id, sender_type }, i) => {
    const text = words[i];
    if (text) conversations.get(conversation_id)!.turns.push({ who: sender_type, text: text.slice(0, longestMessage) });
  });
  return conversations;
}
