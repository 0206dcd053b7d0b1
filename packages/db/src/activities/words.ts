import type { Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { aadOf, openTexts, sealedOverhead, type SealedText } from "../tenancy/encryption/text.ts";
import type { ActivityRow, MessageRow } from "./detail-rows.ts";

/** The encrypted texts of one activity, opened or not. */
export type Words = {
  /** The text of an encrypted value; null while it is withheld, wasn't recorded, or its key was destroyed. */
  text(sealed: Buffer | null): string | null;
  /** Bytes of the text, known without decrypting it. */
  length(sealed: Buffer | null): number;
};

const length = (sealed: Buffer | null): number => (sealed ? Math.max(0, sealed.length - sealedOverhead) : 0);

/** All texts withheld. */
export const closedWords: Words = { text: () => null, length };

/** Decrypts every text of an activity; a person's words are encrypted under that person's key. */
export async function openWords(
  db: Database,
  tx: Tx,
  row: ActivityRow,
  messages: readonly MessageRow[],
): Promise<Words> {
  const { id, document, query, shared, conversation } = row;
  const place = (
    table: string,
    column: string,
    of: string,
    user_id: string | null,
    sealed: Buffer | null,
  ): SealedText => ({
    user_id,
    aad: aadOf(table, column, tx.org_id, of),
    sealed,
  });
  const texts = [
    ...messages.map((message) => place("messages", "content", message.id, message.user_id, message.sealed)),
    ...(conversation ? [place("conversations", "summary", id, row.owner_id, conversation.sealed)] : []),
    ...(document ? [place("documents", "content", id, row.owner_id, document.sealed)] : []),
    ...(query
      ? [
          place("queries", "query_text", id, row.owner_id, query.query_sealed),
          place("queries", "retrieved_info", id, row.owner_id, query.info_sealed),
        ]
      : []),
    ...(shared
      ? [place("shared_twin_interactions", "interaction_summary", id, shared.accessing_user_id, shared.sealed)]
      : []),
  ];
  const opened = await openTexts(db, tx, texts);
  const bySealed = new Map(texts.map(({ sealed }, index) => [sealed, opened[index] ?? null]));
  return { text: (sealed) => (sealed ? (bySealed.get(sealed) ?? null) : null), length };
}
