import type { KnownConversation, KnownTwin, WantedConversation } from "@twin/db/records/ingest/known";

/** What the organisation already knows of a workspace: an import goes on from it. */
export interface Stored {
  twins: readonly KnownTwin[];
  /** Ids of ours by the ids of bots. */
  twinIds(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids of ours by Slack ids and e-mail addresses. */
  people(references: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Whether a conversation may be stored that began in `[from, to]`, milliseconds. */
  beganIn(from: number, to: number): boolean;
  conversations(wanted: readonly WantedConversation[]): Promise<ReadonlyMap<string, KnownConversation>>;
}

/** Where records are only written down. */
export const nothingStored: Stored = {
  twins: [],
  twinIds: async () => new Map(),
  people: async () => new Map(),
  beganIn: () => false,
  conversations: async () => new Map(),
};
