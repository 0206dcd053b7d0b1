import type { LifecycleRun } from "@twin/contracts/lifecycle";
import type { DataType } from "@twin/contracts/vocabulary";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import type { Tables } from "../policies/day-counts.ts";

type Row = Omit<LifecycleRun, "tables" | "rows"> & { row_counts: Tables };

const columns = "id, data_type, cut, status, reason, started_at, finished_at, row_counts, bytes, details";

/** Receipts of runs, newest first. */
export function listRuns(
  db: Database,
  actor: Actor,
  { data_type, limit }: { data_type?: DataType | undefined; limit: number },
): Promise<{ runs: LifecycleRun[] }> {
  return inTenant(db, actor, async (tx) => {
    const rows = await tx.query<Row>({
      text: `select ${columns} from lifecycle_runs where org_id = $1 and ($2::text is null or data_type = $2) order by id desc limit $3`,
      values: [tx.org_id, data_type ?? null, limit],
    });
    return { runs: rows.map(runOf) };
  });
}

/** The latest receipt of each kind of data. */
export async function readLastRuns(tx: Tx): Promise<Map<DataType, LifecycleRun>> {
  const rows = await tx.query<Row>({
    name: "last_lifecycle_runs",
    text: `select distinct on (data_type) ${columns} from lifecycle_runs where org_id = $1 order by data_type, id desc`,
    values: [tx.org_id],
  });
  return new Map(rows.map((row) => [row.data_type, runOf(row)]));
}

const runOf = ({ row_counts, ...run }: Row): LifecycleRun => ({
  ...run,
  tables: row_counts,
  rows: Object.values(row_counts).reduce((sum, count) => sum + count, 0),
});
