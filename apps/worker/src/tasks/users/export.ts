import { failExport, reasonOf } from "@twin/db/privacy/exports/fail";
import { sectionsOf } from "@twin/db/privacy/exports/sections";
import { reopenExport, storeExport } from "@twin/db/privacy/exports/store";
import { zipOf } from "../../export/zip.ts";
import type { TaskHandler } from "../../task.ts";

const makeExport: TaskHandler<"users/export"> = async ({ export_id }, context) => {
  const { db, actor, now, signal, reached, isLastTry } = context;
  const user_id = await reopenExport(db, actor, export_id);
  if (user_id === null) return { rows: 0 };
  await reached("export:begun");
  try {
    const zip = zipOf(sectionsOf(db, actor, user_id), now);
    const bytes = await storeExport(db, actor, export_id, zip, { now: () => new Date(), signal, reached });
    return { rows: bytes === null ? 0 : 1 };
  } catch (error) {
    // While the database is unreachable this can't be stored: then `users/expire-exports` finds that the job has given up.
    if (!signal.aborted)
      await failExport(db, actor, export_id, { reason: reasonOf(error), isLast: isLastTry }).catch(() => {});
    throw error;
  }
};
export default makeExport;
