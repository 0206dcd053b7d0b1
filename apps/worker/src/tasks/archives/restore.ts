import { restoreMonth } from "@twin/db/archives/restore";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { neededArchive } from "../../archive/needed.ts";
import type { TaskHandler } from "../../task.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";

const restore: TaskHandler<"archives/restore"> = async ({ month }, { db, actor, archive, now, signal, env }) => {
  // A database of an older copy may hold people who were erased since: they are erased again first, so their rows aren't
  // restored.
  await replayLedger(db, env.ledger, now);
  const { rows } = await restoreMonth(db, actor, neededArchive(archive), {
    month,
    now,
    signal,
    takeErased: takeFromRestored,
  });
  return { rows };
};
export default restore;
