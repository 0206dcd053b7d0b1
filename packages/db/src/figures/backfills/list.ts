import type { Backfill } from "@twin/contracts/backfills";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { backfillRow, shownBackfills } from "./progress.ts";

const latest = statement(
  "figures.latest_backfills",
  { org_id: "int" },
  backfillRow,
  (p) => sql`${shownBackfills(p.org_id)} order by b.id desc limit 100`,
  { plan: "each" },
);

/** The latest 100 backfills of the actor's organisation, newest first. */
export const listBackfills = (db: Database, actor: Actor): Promise<{ backfills: Backfill[] }> =>
  inTenant(db, actor, async (tx) => ({
    backfills: await tx.query(latest({ org_id: tx.org_id })),
  }));
