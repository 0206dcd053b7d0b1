import { expireRestorations } from "@twin/db/archives/drop-restored";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const expire: TaskHandler<"archives/expire"> = async (_payload, { db, actor, now }) => {
  let rows = 0;
  for (const { org_id } of await listOrganizations(db)) rows += await expireRestorations(db, { ...actor, org_id }, now);
  return { rows };
};
export default expire;
