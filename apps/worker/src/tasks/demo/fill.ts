import { enqueueJob } from "@twin/db/jobs/enqueue";
import { fillKey } from "@twin/db/demonstration/make";
import { fillDemo } from "../../demo/fill.ts";
import type { TaskHandler } from "../../task.ts";

const fill: TaskHandler<"demo/fill"> = async (payload, { db, actor, now, signal }) => {
  const rows = await fillDemo(db, actor, now, signal);
  // Stopped half-way: stored visits stay, and the next worker continues.
  if (signal.aborted) await enqueueJob(db, actor, "demo/fill", payload, { key: fillKey(payload.org_id) });
  return { rows };
};
export default fill;
