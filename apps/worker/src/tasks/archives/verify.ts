import { verifyArchives } from "@twin/db/archives/verify";
import { neededArchive } from "../../archive/needed.ts";
import type { TaskHandler } from "../../task.ts";

const verify: TaskHandler<"archives/verify"> = async ({ month }, { db, actor, archive, now, signal }) => {
  let rows = 0;
  for await (const { rows: found } of verifyArchives(db, actor, neededArchive(archive), { month, now, signal }))
    rows += found;
  return { rows };
};
export default verify;
