import type { Backfill } from "@twin/contracts/backfills";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { shownBackfills } from "./progress.ts";

/** The latest 100 backfills of the actor's organisation, newest first. */
export const listBackfills = (db: Database, actor: Actor): Promise<{ backfills: Backfill[] }> =>
  inTenant(db, actor, async (tx) => ({
    backfills: await tx.query<Backfill>({
      text: `${shownBackfills} order by b.id desc limit 100`,
      values: [tx.org_id],
    }),
  }));
