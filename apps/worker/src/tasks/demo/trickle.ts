import { findOrganization } from "@twin/db/tenancy/organizations/find";
import { demoSlug } from "../../demo/ensure.ts";
import { trickleDemo } from "../../demo/fill.ts";
import type { TaskHandler } from "../../task.ts";

const trickle: TaskHandler<"demo/trickle"> = async (_payload, { db, actor, now, env, signal }) => {
  const demo = env.demo ? await findOrganization(db, demoSlug) : null;
  if (!demo?.is_demo) return { rows: 0 };
  return { rows: await trickleDemo(db, { ...actor, org_id: demo.org_id }, now, signal) };
};
export default trickle;
