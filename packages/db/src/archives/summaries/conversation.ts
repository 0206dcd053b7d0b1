import type { SenderType } from "@twin/contracts/vocabulary";

/** What one side of a conversation said. */
export type Turn = { who: SenderType; text: string };

/** What is to be summarised: turns in their order, and the summary of what was said before, if there is one. */
export type Conversation = { earlier: string | null; turns: Turn[] };

/** A summary, and the model that wrote it; null: it quotes the conversation. */
export type Summary = { text: string; model: string | null };

/**
 * Summarises one conversation; null where it holds nothing that could be quoted.
 * @throws the reason of `signal` where it is aborted, and nothing else
 */
export type Summarise = (conversation: Conversation, signal: AbortSignal) => Promise<Summary | null>;
