import { queueDueRun } from "@twin/db/lifecycle/schedule";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const nightly: TaskHandler<"lifecycle/nightly"> = async (_payload, { db, actor, now, signal }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) {
    if (signal.aborted) throw new Error("the worker stops");
    if (await queueDueRun(db, { ...actor, org_id }, now)) rows++;
  }
  return { rows };
};
export default nightly;
