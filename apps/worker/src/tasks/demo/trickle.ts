import { listDemonstrations } from "@twin/db/tenancy/organizations/find";
import { demoSlug } from "../../demo/ensure.ts";
import { trickleDemo } from "../../demo/fill.ts";
import type { TaskHandler } from "../../task.ts";

/** Of the first demonstration only where it is switched on; those that somebody asked for go on until they are removed. */
const trickle: TaskHandler<"demo/trickle"> = async (_payload, { db, actor, now, env, signal }) => {
  let rows = 0;
  const failed: unknown[] = [];
  for (const { org_id, slug } of await listDemonstrations(db)) {
    if ((!env.demo && slug === demoSlug) || signal.aborted) continue;
    // What one of them holds keeps nothing from the others.
    await trickleDemo(db, { ...actor, org_id }, now, signal).then(
      (accepted) => (rows += accepted),
      (error: unknown) => failed.push(error),
    );
  }
  if (failed.length > 0) throw failed[0];
  return { rows };
};
export default trickle;
