import { restoreMonth } from "@twin/db/archives/restore";
import { neededArchive } from "../../archive/needed.ts";
import type { TaskHandler } from "../../task.ts";

const restore: TaskHandler<"archives/restore"> = async ({ month }, { db, actor, archive, now, signal }) => {
  const { rows } = await restoreMonth(db, actor, neededArchive(archive), { month, now, signal });
  return { rows };
};
export default restore;
