import { expireExports } from "@twin/db/privacy/exports/expire";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const expire: TaskHandler<"users/expire-exports"> = async (_payload, { db, actor, now, signal }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) {
    if (signal.aborted) throw new Error("the worker stops");
    rows += await expireExports(db, { ...actor, org_id }, now);
  }
  return { rows };
};
export default expire;
