import type { DataType } from "@twin/contracts/vocabulary";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Archive } from "../archives/files.ts";
import type { PageSize } from "../archives/live-rows.ts";
import type { Database } from "../postgres/connect.ts";
import type { Summarise } from "../archives/summaries/conversation.ts";
import { type Cut, cutOf } from "../policies/cuts.ts";
import { type Holds, readHolds } from "../policies/holds.ts";
import type { StepEnd } from "../policies/receipt.ts";

/** What every step of a run is given. */
export type StepContext = {
  /** Decides what is due. */
  now: Date;
  /** Aborted when the run shall stop: end after the transaction at work and answer `stopped`. */
  signal: AbortSignal;
  /** Told of each place where a fault would leave something half-way, as `noun:done`; for tests that kill there. */
  reached: (place: string) => void | Promise<void>;
  /** Summarises conversations whose messages go; null where nothing can: then their messages stay. */
  summarise: Summarise | null;
  /** Where activities are archived before they go; null: nowhere, so they don't go. */
  archive: Archive | null;
  /** What of one table is in memory at once; the usual where it isn't said. */
  pageSize?: PageSize;
};

/**
 * One kind of data's part of a run: purges what is due in bounded transactions (`inPurge`), each of which adds to the
 * receipt (`addToReceipt`), so that it may be cut off anywhere and the next run goes on.
 */
export type Step = {
  data_type: DataType;
  /** What `run` would take now, by the same rule; reads only. */
  plan(tx: Tx, purge: Purge): Promise<Planned>;
  run(db: Database, actor: Actor, context: StepContext): Promise<StepEnd>;
};

/** What a step would take: table -> rows, about how many bytes, and the local days of what goes. */
export type Planned = {
  tables: Record<string, number>;
  bytes: number;
  first_day: string | null;
  last_day: string | null;
};

/** What a purge may take, read in the very transaction that takes it. */
export type Purge = { cut: string; due: NonNullable<Cut["due"]>; holds: Holds };

/**
 * Runs one bounded piece of a purge: with batches in flight waited for and none let in, with policy, seal and holds as they
 * are now. Message counts stay as they were (`app.purging`).
 * @returns what `run` says, or null where nothing may go: nothing is due by policy and seal, or all is held
 */
export function inPurge<T>(
  db: Database,
  actor: Actor,
  data_type: DataType,
  now: Date,
  run: (tx: Tx, purge: Purge) => Promise<T>,
): Promise<T | null> {
  return inTenant(db, actor, async (tx) => {
    await tx.query({ text: "set local app.purging = 'on'" });
    await tx.query({
      name: "lock_purge",
      text: "select from organizations where id = $1 for update",
      values: [tx.org_id],
    });
    const { cut, due } = await cutOf(tx, data_type, now);
    const holds = await readHolds(tx);
    return due === null || holds.organization ? null : run(tx, { cut, due, holds });
  });
}
