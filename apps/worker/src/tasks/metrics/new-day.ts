import { markNewDay } from "@twin/db/figures/new-day";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const newDay: TaskHandler<"metrics/new-day"> = async (_payload, { db, actor, now, signal }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) {
    if (signal.aborted) throw new Error("the worker stops");
    rows += await markNewDay(db, { ...actor, org_id }, now);
  }
  return { rows };
};
export default newDay;
