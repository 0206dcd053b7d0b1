import { sealAudit } from "@twin/db/tenancy/audit/seal";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const seal: TaskHandler<"audit/seal"> = async (_payload, { db, actor, now, signal, env }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) {
    if (signal.aborted) throw new Error("the worker stops");
    rows += (await sealAudit(db, { ...actor, org_id }, { now, heads: env.heads, signal })).rows;
  }
  return { rows };
};
export default seal;
