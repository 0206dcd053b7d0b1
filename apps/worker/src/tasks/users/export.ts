import { sectionsOf } from "@twin/db/exports/sections";
import { findExport, storeExport } from "@twin/db/exports/store";
import { zipOf } from "../../export/zip.ts";
import type { TaskHandler } from "../../task.ts";

const makeExport: TaskHandler<"users/export"> = async ({ export_id }, { db, actor, now }) => {
  const user_id = await findExport(db, actor, export_id);
  if (user_id === null) return { rows: 0 };
  const bytes = await storeExport(db, actor, export_id, zipOf(sectionsOf(db, actor, user_id), now), () => new Date());
  return { rows: bytes === null ? 0 : 1 };
};
export default makeExport;
