import { enqueueJob, refreshKey } from "@twin/db/jobs/enqueue";
import { refreshViews } from "@twin/db/figures/refresh-views";
import type { TaskHandler } from "../../task.ts";

/** A refresh reads all months of everyone: it takes a tenth of a worker's time at most, and comes within five minutes. */
const [rest, longestRest] = [9, 300_000];

let notBefore = 0;

const refresh: TaskHandler<"metrics/refresh-views"> = async (_payload, { db, actor }) => {
  const began = performance.now();
  if (began < notBefore) {
    await enqueueJob(db, actor, "metrics/refresh-views", {}, { key: refreshKey, delayMs: notBefore - began });
    return;
  }
  await refreshViews(db, actor);
  const ended = performance.now();
  notBefore = ended + Math.min((ended - began) * rest, longestRest);
};
export default refresh;
