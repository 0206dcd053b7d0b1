import { restoreMonth } from "@twin/db/archives/restore";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { neededArchive } from "../../archive/needed.ts";
import type { TaskHandler } from "../../task.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";

const restore: TaskHandler<"archives/restore"> = async ({ month }, { db, actor, archive, now, signal, env }) => {
  // Whoever a database of older days knows again is erased again, and what is restored of them with them.
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
