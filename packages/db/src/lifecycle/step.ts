import type { DataType } from "@twin/contracts/vocabulary";
import type { Archive, ArchiveContext } from "../archives/files.ts";
import type { Summarise } from "../archives/summaries/conversation.ts";
import type { Planned, Purge } from "../policies/purge.ts";
import type { StepEnd } from "../policies/report.ts";
import type { Database } from "../postgres/connect.ts";
import type { Actor, Tx } from "../tenancy/actor.ts";

/** What every step of a run is given. */
export type StepContext = ArchiveContext & {
  /** Aborted when the run shall stop: end after the transaction at work and answer `stopped`. */
  signal: AbortSignal;
  /** Summarises conversations whose messages go; null where nothing can: then their messages stay. */
  summarise: Summarise | null;
  /** Where activities are archived before they go; null: nowhere, so they don't go. */
  archive: Archive | null;
};

/**
 * One kind of data's part of a run: purges what is due in bounded transactions (`inPurge`), each of which adds to the
 * report (`addToReport`), so that it may be cut off anywhere and the next run goes on.
 */
export type Step = {
  data_type: DataType;
  /** What `run` would take now, by the same rule; reads only. */
  plan(tx: Tx, purge: Purge): Promise<Planned>;
  run(db: Database, actor: Actor, context: StepContext): Promise<StepEnd>;
};
