import type { DataType } from "@twin/contracts/vocabulary";
import type { Tx } from "../tenancy/actor.ts";

/** What one transaction of a run did. */
export type Gone = {
  /** Table -> rows that went. */
  rows: Record<string, number>;
  /** About how many bytes these rows took. */
  bytes: number;
  /** Further facts of the receipt; a later one replaces an earlier one of its name. */
  details?: Record<string, unknown>;
};

/** How a step ended. `refused`: something was due and may not go now; the reason is a sentence for people. */
export type StepEnd = { status: "done" | "stopped" | "failed" | "refused"; reason?: string };

/**
 * Adds what this transaction does to the receipt of the running step, and begins one where there is none: a run that is
 * killed leaves the true counts of what it did, a run with nothing to do leaves nothing.
 */
export async function addToReceipt(
  tx: Tx,
  data_type: DataType,
  cut: string | null,
  { rows, bytes, details = {} }: Gone,
  now: Date,
): Promise<void> {
  await tx.query({
    name: "add_to_receipt",
    text: `insert into lifecycle_runs as r (org_id, data_type, cut, status, started_at, row_counts, bytes, details)
      values ($1, $2, $3, 'running', $4, $5, $6, $7)
      on conflict (org_id, data_type) where status = 'running' do update
      set row_counts = r.row_counts || (
          select coalesce(jsonb_object_agg(t.key, t.value::bigint + coalesce((r.row_counts ->> t.key)::bigint, 0)), '{}')
          from jsonb_each_text(excluded.row_counts) t
        ),
        bytes = r.bytes + excluded.bytes, details = r.details || excluded.details, cut = excluded.cut`,
    values: [tx.org_id, data_type, cut, now.toISOString(), JSON.stringify(rows), bytes, JSON.stringify(details)],
  });
}

/** Closes receipts that a killed run left open; what they count was done. */
export async function closeLostReceipts(tx: Tx, now: Date): Promise<void> {
  await tx.query({
    text: `update lifecycle_runs set status = 'stopped', reason = 'the worker was lost', finished_at = $2
      where org_id = $1 and status = 'running'`,
    values: [tx.org_id, now.toISOString()],
  });
}

/** Ends the receipt of a step; one that refused or failed before it did anything is written down too. */
export async function endReceipt(tx: Tx, data_type: DataType, { status, reason }: StepEnd, now: Date): Promise<void> {
  const values = [tx.org_id, data_type, status, reason ?? null, now.toISOString()];
  const ended = await tx.query({
    text: `update lifecycle_runs set status = $3, reason = left($4, 2000), finished_at = $5
      where org_id = $1 and data_type = $2 and status = 'running' returning id`,
    values,
  });
  if (ended.length > 0 || status === "done" || status === "stopped") return;
  await tx.query({
    text: `insert into lifecycle_runs (org_id, data_type, status, reason, started_at, finished_at)
      values ($1, $2, $3, left($4, 2000), $5, $5)`,
    values,
  });
}
