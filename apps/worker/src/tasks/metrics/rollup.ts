import { enqueueJob, rollupKey } from "@twin/db/jobs/enqueue";
import { rollupOrganization } from "@twin/db/figures/rollup";
import type { TaskHandler } from "../../task.ts";

/** Transactions of one job: about a minute's. */
const chunks = 60;

const rollup: TaskHandler<"metrics/rollup"> = async (payload, { db, actor, now, signal, runId, log }) => {
  const outcome = await rollupOrganization(db, actor, { now, wait: false, signal, chunks, jobRunId: runId });
  if (outcome.status !== "done") {
    // Another run of this organisation is at work, this worker stops, or the job has had its share: step aside instead of
    // holding a place, and look again, because what was marked a moment ago may have come too late for the other one.
    await enqueueJob(db, actor, "metrics/rollup", payload, { key: rollupKey(payload.org_id), delayMs: 250 });
  }
  log.debug(outcome, "rollup");
  return { rows: outcome.rows };
};
export default rollup;
