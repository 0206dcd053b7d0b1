import type { JobsStatus } from "@twin/contracts/jobs";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";

const jobsStatus = statement(
  "jobs.status",
  { org_id: "int" },
  {
    queued: "int",
    running: "int",
    failed: "int",
    oldest_seconds: "float8?",
    workers: "int",
    as_of: "timestamptz?",
    days_waiting: "int",
    filling: "boolean",
  },
  (p) => sql`
    select q.queued, q.running, q.failed, q.oldest_seconds, living_workers() as workers,
      (select figures_at from organizations where id = ${p.org_id}) as as_of,
      (select count(distinct day)::int from ops.dirty_log where org_id = ${p.org_id}) as days_waiting,
      exists (
        select from job_runs where org_id = ${p.org_id} and status = 'running' and task = 'demo/fill'
      ) as filling
    from queue_status(${p.org_id}) q`,
);

/** The state of the queue for one organisation: its jobs and those of none, workers alive, the age of its figures. */
export function readJobsStatus(db: Database, actor: Actor, _input: object = {}): Promise<JobsStatus> {
  return inTenant(db, actor, async (tx) => {
    const [status] = await tx.query(jobsStatus({ org_id: tx.org_id }));
    return status!;
  });
}
