import type { DataType } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import type { Database } from "../postgres/connect.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { type Cut, cutOf } from "./cuts.ts";
import { type Holds, readHolds } from "./holds.ts";
import { statement } from "../postgres/statement.ts";

/** What a step would delete: table -> rows, about how many bytes, and their local days. */
export type Planned = {
  tables: Record<string, number>;
  bytes: number;
  first_day: string | null;
  last_day: string | null;
};

/** What a purge may delete, read in the transaction that deletes it. */
export type Purge = { cut: string; due: NonNullable<Cut["due"]>; holds: Holds };

const beginPurge = statement("policies.begin_purge", {}, {}, () => sql`set local app.purging = 'on'`, { plan: "each" });

const lockPurge = statement(
  "policies.lock_purge",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for update`,
);

/**
 * Runs one bounded piece of a purge. Batches in progress end first, and new ones wait; policy, seal and holds are read now.
 * Counts of messages stay as they were (`app.purging`).
 * @returns what `run` returns, or null where nothing may be deleted: nothing is due by policy and seal, or everything is
 *   held
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
