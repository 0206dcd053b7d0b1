import { listUnfinished, resumeDemonstration } from "@twin/db/demonstration/resume";
import { demoSlug } from "../../demo/ensure.ts";
import type { TaskHandler } from "../../task.ts";

/** The first demonstration is filled only where it is switched on; a removal is finished anywhere. */
const resume: TaskHandler<"demo/resume"> = async (_payload, { db, actor, env, signal }) => {
  let rows = 0;
  for (const { org_id, slug } of await listUnfinished(db)) {
    if ((!env.demo && slug === demoSlug) || signal.aborted) continue;
    if ((await resumeDemonstration(db, { ...actor, org_id })) !== null) rows++;
  }
  return { rows };
};
export default resume;
