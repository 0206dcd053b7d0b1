import type { LifecycleRun } from "@twin/contracts/lifecycle";
import type { DataType } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import type { Tables } from "../policies/day-counts.ts";
import { only, statement } from "../postgres/statement.ts";

type Row = Omit<LifecycleRun, "tables" | "rows"> & { row_counts: Tables };

const columns = sql.raw("id, data_type, cut, status, reason, started_at, finished_at, row_counts, bytes, details");
const columnTypes = {
  id: "bigint",
  data_type: only<DataType>("text"),
  cut: "timestamptz?",
  status: only<LifecycleRun["status"]>("text"),
  reason: "text?",
  started_at: "timestamptz",
  finished_at: "timestamptz?",
  row_counts: only<Tables>("jsonb"),
  bytes: "bigint",
  details: only<LifecycleRun["details"]>("jsonb"),
} as const;

const newestRuns = statement(
  "lifecycle.newest_runs",
  { org_id: "int", data_type: "text?", limit: "int" },
  columnTypes,
  (p) => sql`
    select ${columns} from lifecycle_runs
    where org_id = ${p.org_id} and (${p.data_type} is null or data_type = ${p.data_type}) order by id desc limit ${p.limit}`,
  { plan: "each" },
);

const lastRuns = statement(
  "lifecycle.last_runs",
  { org_id: "int" },
  columnTypes,
  (p) => sql`
    select distinct on (data_type) ${columns} from lifecycle_runs where org_id = ${p.org_id} order by data_type, id desc`,
);

/** Reports of runs, newest first. */
export function listRuns(
  db: Database,
  actor: Actor,
  { data_type, limit }: { data_type?: DataType | undefined; limit: number },
): Promise<{ runs: LifecycleRun[] }> {
  return inTenant(db, actor, async (tx) => {
    const rows = await tx.query(newestRuns({ org_id: tx.org_id, data_type: data_type ?? null, limit }));
    return { runs: rows.map(runOf) };
  });
}

/** The latest report of each kind of data. */
export async function readLastRuns(tx: Tx): Promise<Map<DataType, LifecycleRun>> {
  const rows = await tx.query(lastRuns({ org_id: tx.org_id }));
  return new Map(rows.map((row) => [row.data_type, runOf(row)]));
}

const runOf = ({ row_counts, ...run }: Row): LifecycleRun => ({
  ...run,
  tables: row_counts,
  rows: Object.values(row_counts).reduce((sum, count) => sum + count, 0),
});
