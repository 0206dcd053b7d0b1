import type { Tx } from "../../../tenancy/actor.ts";
import type { Database } from "../../../postgres/connect.ts";
import type { DirtyDays } from "../../../records/ingest/dirty-days.ts";
import { forgetNames } from "../../../records/ingest/references.ts";
import { addCounts, type Counts, type What } from "../lines.ts";

/** One transaction of an erasure: whose rows, how many at most, and what it notes. */
export type ErasureWork = {
  db: Database;
  tx: Tx;
  user_id: string;
  n: number;
  /** Most rows that the transaction takes. */
  limit: number;
  counts: Counts;
  /** Days that must be computed anew; flushed with the rows. */
  dirty: DirtyDays;
  now: Date;
};

/** A part of an erasure. @returns how many rows it changed; 0: nothing of its kind is left */
export type ErasureStep = (work: ErasureWork) => Promise<number>;

/** Adds rows to the counts of the receipt. */
export const note = (work: ErasureWork, table: string, what: What, rows: number): void =>
  addCounts(work.counts, table, what, rows);

/** Deletes the senders' ids of deleted rows. */
export async function takeNames(work: ErasureWork, ids: readonly string[]): Promise<void> {
  note(work, "external_ids", "erased", await forgetNames(work.tx, ids));
}
