import { followOwners } from "@twin/db/figures/twins/follow-owners";
import type { TaskHandler } from "../../task.ts";

const followTwinOwners: TaskHandler<"twins/follow-owners"> = async (_payload, { db, actor, signal, reached }) => {
  const { status, rows } = await followOwners(db, actor, { signal, reached });
  // The rest is done by the worker that takes the job next.
  if (status === "stopped") throw new Error("the worker stops");
  return { rows };
};
export default followTwinOwners;
