import type { BackfillChange, DiffAnswer, DiffInput } from "@twin/contracts/backfills";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { readBackfill } from "./progress.ts";

const changesOf = statement(
  "figures.backfill_changes",
  { org_id: "int", id: "bigint", limit: "int" },
  {
    day: "date",
    table: "text",
    column: "text",
    rows: "int",
    before: only<BackfillChange["before"]>("jsonb"),
    after: only<BackfillChange["after"]>("jsonb"),
  },
  (p) => sql`
    select day, table_name as "table", column_name as "column", row_count as rows, before, after from backfill_changes
    where org_id = ${p.org_id} and backfill_id = ${p.id}
    order by day, table_name <> 'daily_metrics', table_name, column_name, chunk limit ${p.limit}`,
  { plan: "each" },
);

/** What a backfill has changed so far, by day; `total` counts all of it. @throws DomainError NOT_FOUND */
export function diffBackfill(db: Database, actor: Actor, { id, limit }: DiffInput): Promise<DiffAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { changed } = await readBackfill(tx, id);
    const changes = await tx.query(changesOf({ org_id: tx.org_id, id, limit }));
    return { changes, total: changed };
  });
}
