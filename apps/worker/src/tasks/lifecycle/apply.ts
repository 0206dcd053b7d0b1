import { inTenant } from "@twin/db/tenancy/actor";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { queueRun } from "@twin/db/lifecycle/schedule";
import { makeSummariser } from "@twin/integrations/summary/summarise";
import type { TaskHandler } from "../../task.ts";

/** How long a run waits for another one to end. */
const busyMs = 5_000;

const apply: TaskHandler<"lifecycle/apply"> = async (
  _payload,
  { db, actor, now, signal, reached, archive, log, env },
) => {
  const { status, seal, steps, dropped } = await runLifecycle(db, actor, {
    now,
    signal,
    reached,
    archive,
    summarise: makeSummariser(env.summary, log),
  });
  if (status === "busy") await inTenant(db, actor, (tx) => queueRun(tx, busyMs));
  // The rest is done by the worker that takes the job next.
  if (status === "stopped") throw new Error("the worker stops");
  log.info({ status, seal, steps, dropped }, "lifecycle run");
};
export default apply;
