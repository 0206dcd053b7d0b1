import type { JobsStatus } from "@twin/contracts/jobs";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";

/** How the queue stands for one organisation: its jobs and those that belong to none, workers alive, figures' age. */
export function readJobsStatus(db: Database, actor: Actor, _input: object = {}): Promise<JobsStatus> {
  return inTenant(db, actor, async (tx) => {
    const [status] = await tx.query<JobsStatus>({
      name: "jobs_status",
      text: `select q.queued, q.running, q.failed, q.oldest_seconds, living_workers() as workers,
          (select figures_at from organizations where id = $1) as as_of,
          (select count(distinct day)::int from ops.dirty_log where org_id = $1) as days_waiting
        from queue_status($1) q`,
      values: [tx.org_id],
    });
    return status!;
  });
}
