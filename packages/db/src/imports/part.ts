import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import type { DirtyDays } from "../records/ingest/dirty-days.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";

/**
 * Why a row that an import made stays. `shared`: another import brought it too; `final`: its days are sealed; `held`: a
 * legal hold keeps it, or it is a person who is about to be erased; `used`: rows of others belong to it.
 */
export const stayReasons = ["shared", "final", "held", "used"] as const;
export type StayReason = (typeof stayReasons)[number];

/** A row that the import made, and why it stays. `gone`: the row doesn't exist any more; null: it will be deleted. */
export type Line = { id: string; conversation_id: string | null; stays: StayReason | "gone" | null };

/** One transaction of an undo: what it marks, and its time. */
export type UndoWork = { tx: Tx; run: number; dirty: DirtyDays; now: Date };

/** Parameters of the statement that the conditions belong to. */
export type Given = { org_id: SQL; run_id: SQL; held_ids: SQL };

/** The rows of one kind. Conditions are SQL on a row by its alias; in them `o` is the row of the organisation. */
export type ImportPart = {
  kind: ImportedKind;
  table: string;
  final(r: SQL, p: Given): SQL;
  held(r: SQL, p: Given): SQL;
  /** Whether something belongs to the row that is `left` after the parts before it were deleted; absent: nothing can. */
  used?(r: SQL, p: Given, left: (id: SQL) => SQL): SQL;
  /** Most rows of a transaction, where that isn't the default. */
  limit?: number;
  /** Deletes rows, and marks the days that they counted in. */
  remove(work: UndoWork, lines: readonly Line[]): Promise<void>;
};

/** Whether an instant lies in sealed days. */
export const isFinal = (at: SQL): SQL => sql`coalesce(${at} >= o.sealed_from and ${at} < o.sealed_before, false)`;

/**
 * Whether this import alone brought the row with this id, or all others that did are undone. A scalar subquery: EXISTS may
 * be planned as a scan of all lines for each page.
 */
export const isOwn = (id: SQL, p: Given): SQL => sql`(
        select bool_and(i.run_id = ${p.run_id} or u.status = 'undone') from imported_rows i
        join import_runs u on u.org_id = ${p.org_id} and u.id = i.run_id where i.org_id = ${p.org_id} and i.id = ${id})`;
