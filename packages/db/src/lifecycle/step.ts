import type { DataType } from "@twin/contracts/policies";
import type { Archive, ArchiveContext } from "../archives/files.ts";
import type { Summarise } from "../archives/summaries/conversation.ts";
import type { Planned, Purge } from "../policies/purge.ts";
import type { StepEnd } from "../policies/report.ts";
import type { Database } from "../postgres/connect.ts";
import type { Actor, Tx } from "../tenancy/actor.ts";

/** What every step of a run gets. */
export type StepContext = ArchiveContext & {
  /** Aborted when the run must stop: end after the current transaction and answer `stopped`. */
  signal: AbortSignal;
  /** Summarises conversations before their messages are deleted; null: nothing can, and those messages stay. */
  summarise: Summarise | null;
  /** Where activities are archived before they are deleted; null: nowhere, so they aren't deleted. */
  archive: Archive | null;
};

/**
 * One kind of data in a run: deletes what is due in bounded transactions (`inPurge`), each of which adds to the report
 * (`addToReport`), so that it may be killed anywhere and the next run continues.
 */
export type Step = {
  data_type: DataType;
  /** What `run` would delete now, by the same rule; reads only. */
  plan(tx: Tx, purge: Purge): Promise<Planned>;
  run(db: Database, actor: Actor, context: StepContext): Promise<StepEnd>;
};
