import type { ReceiptFigure } from "@twin/contracts/receipts";

/** Figures of the Overview, and what each is called where it is stored. */
const stored = {
  users: "total_active_users",
  conversations: "total_conversations",
  messages: "total_messages",
  documents: "total_documents_drafted",
  helpful: "helpful",
} as const satisfies Record<string, ReceiptFigure>;

/** The stored figure behind one of the Overview; null where there is none. */
export const receiptOf = (key: string | null): ReceiptFigure | null =>
  key !== null && Object.hasOwn(stored, key) ? stored[key as keyof typeof stored] : null;
