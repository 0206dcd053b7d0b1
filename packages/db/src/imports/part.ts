import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import type { DirtyDays } from "../records/ingest/dirty-days.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";

/**
 * Why a row that an import made stays. `shared`: another import brought it too; `final`: its days are sealed; `held`: a legal
 * hold keeps it, or it is a person who is about to be erased; `used`: rows of others hang on it.
 */
export const stayReasons = ["shared", "final", "held", "used"] as const;
export type StayReason = (typeof stayReasons)[number];

/** A line of the import: its row, and why that stays. `gone`: there is no row any more; null: it goes. */
export type Line = { id: string; conversation_id: string | null; stays: StayReason | "gone" | null };

/** One transaction of taking back: what it marks, and when it is. */
export type UndoWork = { tx: Tx; run: number; dirty: DirtyDays; now: Date };

/** Parameters of the statement that conditions on rows stand in. */
export type Given = { org_id: SQL; run_id: SQL; held_ids: SQL };

/** The rows of one kind. Conditions are SQL on a row by its alias; in them `o` is the row of the organisation. */
export type ImportPart = {
  kind: ImportedKind;
  table: string;
  final(r: SQL, p: Given): SQL;
  held(r: SQL, p: Given): SQL;
  /** Whether something hangs on the row that is `left` once the parts before went; absent: nothing hangs on such rows. */
  used?(r: SQL, p: Given, left: (id: SQL) => SQL): SQL;
  /** Most rows of a transaction, where that isn't the usual one. */
  limit?: number;
  /** Deletes rows, and marks the days that they counted in. */
  remove(work: UndoWork, lines: readonly Line[]): Promise<void>;
};

/** Whether an instant lies in sealed days. */
export const isFinal = (at: SQL): SQL => sql`coalesce(${at} >= o.sealed_from and ${at} < o.sealed_before, false)`;

/**
 * Whether this import alone brought the row with this id, or all others that did are taken back. A value and no EXISTS, which
 * may be planned as a look at every line for each page.
 */
export const isOwn = (id: SQL, p: Given): SQL => sql`(
        select bool_and(i.run_id = ${p.run_id} or u.status = 'undone') from imported_rows i
        join import_runs u on u.org_id = ${p.org_id} and u.id = i.run_id where i.org_id = ${p.org_id} and i.id = ${id})`;
