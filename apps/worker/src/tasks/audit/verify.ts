import { verifyAudit } from "@twin/db/tenancy/audit/verify-audit";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import type { TaskHandler } from "../../task.ts";

const verify: TaskHandler<"audit/verify"> = async ({ org_id: one }, { db, actor, now, signal, env, log }) => {
  let rows = 0;
  for (const { org_id } of one === undefined ? await listOrganizations(db) : [{ org_id: one }]) {
    if (signal.aborted) throw new Error("the worker stops");
    const check = await verifyAudit(db, { ...actor, org_id }, { now, heads: env.heads, signal });
    if (check.problem !== null) log.error({ org_id, problem: check.problem }, "the audit isn't what was written down");
    rows += check.rows;
  }
  return { rows };
};
export default verify;
