import type { Database } from "../postgres/connect.ts";
import type { Actor } from "../tenancy/actor.ts";
import { enqueueJob } from "./enqueue.ts";

/** Has the audit of the actor's organisation verified by a job; one that waits already does it. */
export const askAuditCheck = (db: Database, actor: Actor): Promise<void> =>
  enqueueJob(db, actor, "audit/verify", { org_id: actor.org_id }, { key: `audit-verify:${actor.org_id}` });
