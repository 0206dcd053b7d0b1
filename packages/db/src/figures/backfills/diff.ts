import type { BackfillChange, DiffAnswer, DiffInput } from "@twin/contracts/backfills";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readBackfill } from "./progress.ts";

/** What a backfill has changed so far, by day; `total` counts all of it. @throws DomainError NOT_FOUND */
export function diffBackfill(db: Database, actor: Actor, { id, limit }: DiffInput): Promise<DiffAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { changed } = await readBackfill(tx, id);
    const changes = await tx.query<BackfillChange>({
      text: `select day, table_name as "table", column_name as "column", row_count as rows, before, after from backfill_changes
        where org_id = $1 and backfill_id = $2
        order by day, table_name <> 'daily_metrics', table_name, column_name, chunk limit $3`,
      values: [tx.org_id, id, limit],
    });
    return { changes, total: changed };
  });
}
