import type { Tx } from "../../tenancy/actor.ts";
import { enqueueWithin } from "../../jobs/enqueue.ts";

/** Queues the erasure of everyone who is due, in the caller's transaction. */
export const enqueueErasure = (tx: Tx): Promise<void> =>
  enqueueWithin(tx, "users/erase", { org_id: tx.org_id }, { key: `erase:${tx.org_id}` });
