import { enqueueJob, rollupKey } from "@twin/db/jobs/enqueue";
import { rollupOrganization } from "@twin/db/figures/rollup";
import type { TaskHandler } from "../../task.ts";

/** Most transactions of one job: about a minute. */
const chunks = 60;

const rollup: TaskHandler<"metrics/rollup"> = async (payload, { db, actor, now, signal, runId, log }) => {
  const outcome = await rollupOrganization(db, actor, {
    now,
    wait: false,
    live: true,
    signal,
    chunks,
    jobRunId: runId,
  });
  if (outcome.status !== "done") {
    // Another run of this organisation is at work, this worker stops, other jobs wait, or the job has done its share: it ends
    // and is queued again, because something may be left.
    await enqueueJob(db, actor, "metrics/rollup", payload, { key: rollupKey(payload.org_id), delayMs: 250 });
  }
  log.debug(outcome, "rollup");
  return { rows: outcome.rows };
};
export default rollup;
