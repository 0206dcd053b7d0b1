import { enqueueJob, rollupKey } from "@twin/db/jobs/enqueue";
import { markNewDay } from "@twin/db/figures/new-day";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const newDay: TaskHandler<"metrics/new-day"> = async (_payload, { db, actor, now, signal }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) {
    if (signal.aborted) throw new Error("the worker stops");
    const own = { ...actor, org_id };
    const marks = await markNewDay(db, own, now);
    if (marks > 0) await enqueueJob(db, own, "metrics/rollup", { org_id }, { key: rollupKey(org_id) });
    rows += marks;
  }
  return { rows };
};
export default newDay;
