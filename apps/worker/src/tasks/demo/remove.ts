import { removeKey, takeDemonstration } from "@twin/db/demonstration/remove";
import { enqueueJob, refreshKey } from "@twin/db/jobs/enqueue";
import type { TaskHandler } from "../../task.ts";

const remove: TaskHandler<"demo/remove"> = async (payload, { db, actor, now, signal, archive, reached }) => {
  const { status, rows } = await takeDemonstration(db, actor, { now, signal, archive, reached });
  if (status === "gone")
    await enqueueJob(db, { ...actor, org_id: 0 }, "metrics/refresh-views", {}, { key: refreshKey });
  // A job that still runs may write more; what fills it stops soon. A worker that stops leaves the rest to the next one.
  else await enqueueJob(db, actor, "demo/remove", payload, { key: removeKey(actor.org_id), delayMs: 1_000 });
  return { rows };
};
export default remove;
