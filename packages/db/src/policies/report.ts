import type { DataType } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";

/** What one transaction of a run did. */
export type Gone = {
  /** Table -> rows that were deleted. */
  rows: Record<string, number>;
  /** About how many bytes these rows took. */
  bytes: number;
  /** Further facts of the report; a later one replaces an earlier one of its name. */
  details?: Record<string, unknown>;
};

/** How a step ended. `refused`: something was due and may not go now; the reason is a sentence for people. */
export type StepEnd = { status: "done" | "stopped" | "failed" | "refused"; reason?: string };

const addGone = statement(
  "policies.add_to_report",
  {
    org_id: "int",
    data_type: "text",
    cut: "timestamptz?",
    now: "timestamptz",
    rows: "jsonb",
    bytes: "bigint",
    details: "jsonb",
  },
  {},
  (p) => sql`
    insert into lifecycle_runs as r (org_id, data_type, cut, status, started_at, row_counts, bytes, details)
    values (${p.org_id}, ${p.data_type}, ${p.cut}, 'running', ${p.now}, ${p.rows}, ${p.bytes}, ${p.details})
    on conflict (org_id, data_type) where status = 'running' do update
    set row_counts = r.row_counts || (
        select coalesce(jsonb_object_agg(t.key, t.value::bigint + coalesce((r.row_counts ->> t.key)::bigint, 0)), '{}')
        from jsonb_each_text(excluded.row_counts) t
      ),
      bytes = r.bytes + excluded.bytes, details = r.details || excluded.details, cut = excluded.cut`,
);

/**
 * Adds what this transaction does to the report of the running step, and begins one where there is none: a killed run
 * leaves true counts of what it did, a run with nothing to do leaves no report.
 */
export async function addToReport(
  tx: Tx,
  data_type: DataType,
  cut: string | null,
  { rows, bytes, details = {} }: Gone,
  now: Date,
): Promise<void> {
  await tx.query(addGone({ org_id: tx.org_id, data_type, cut, now: now.toISOString(), rows, bytes, details }));
}

const closeLost = statement(
  "policies.close_lost_reports",
  { org_id: "int", now: "timestamptz" },
  {},
  (p) => sql`
    update lifecycle_runs set status = 'stopped', reason = 'the worker was lost', finished_at = ${p.now}
    where org_id = ${p.org_id} and status = 'running'`,
  { plan: "each" },
);

/** Closes reports that a killed run left open; their counts are true. */
export async function closeLostReports(tx: Tx, now: Date): Promise<void> {
  await tx.query(closeLost({ org_id: tx.org_id, now: now.toISOString() }));
}

const ending = { org_id: "int", data_type: "text", status: "text", reason: "text?", now: "timestamptz" } as const;

const endRunning = statement(
  "policies.end_report",
  ending,
  { id: "bigint" },
  (p) => sql`
    update lifecycle_runs set status = ${p.status}, reason = left(${p.reason}, 2000), finished_at = ${p.now}
    where org_id = ${p.org_id} and data_type = ${p.data_type} and status = 'running' returning id`,
  { plan: "each" },
);

const addEnded = statement(
  "policies.add_ended_report",
  ending,
  {},
  (p) => sql`
    insert into lifecycle_runs (org_id, data_type, status, reason, started_at, finished_at)
    values (${p.org_id}, ${p.data_type}, ${p.status}, left(${p.reason}, 2000), ${p.now}, ${p.now})`,
  { plan: "each" },
);

/** Ends the report of a step; one that refused or failed before it did anything gets a report, too. */
export async function endReport(tx: Tx, data_type: DataType, { status, reason }: StepEnd, now: Date): Promise<void> {
  const end = { org_id: tx.org_id, data_type, status, reason: reason ?? null, now: now.toISOString() };
  const ended = await tx.query(endRunning(end));
  if (ended.length > 0 || status === "done" || status === "stopped") return;
  await tx.query(addEnded(end));
}
