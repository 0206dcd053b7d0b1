import type { DataType } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import type { Database } from "../postgres/connect.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { type Cut, cutOf } from "./cuts.ts";
import { type Holds, readHolds } from "./holds.ts";
import { statement } from "../postgres/statement.ts";

/** What a step would take: table -> rows, about how many bytes, and the local days of what goes. */
export type Planned = {
  tables: Record<string, number>;
  bytes: number;
  first_day: string | null;
  last_day: string | null;
};

/** What a purge may take, read in the very transaction that takes it. */
export type Purge = { cut: string; due: NonNullable<Cut["due"]>; holds: Holds };

const beginPurge = statement("policies.begin_purge", {}, {}, () => sql`set local app.purging = 'on'`, { plan: "each" });

const lockPurge = statement(
  "policies.lock_purge",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for update`,
);

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
    await tx.query(beginPurge({}));
    await tx.query(lockPurge({ org_id: tx.org_id }));
    const { cut, due } = await cutOf(tx, data_type, now);
    const holds = await readHolds(tx);
    return due === null || holds.organization ? null : run(tx, { cut, due, holds });
  });
}
