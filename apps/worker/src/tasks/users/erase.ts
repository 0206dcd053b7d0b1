import { eraseDue } from "@twin/db/privacy/erasures/run";
import type { TaskHandler } from "../../task.ts";

const erase: TaskHandler<"users/erase"> = async (_payload, { db, actor, now, signal, env, log, reached }) => {
  const { status, erased, held } = await eraseDue(db, actor, { now, signal, ledger: env.ledger, reached });
  // The rest is done by the worker that takes the job next.
  if (status === "stopped") throw new Error("the worker stops");
  if (held > 0) log.warn({ held }, "erasures that are due wait for a legal hold");
  return { rows: erased };
};
export default erase;
