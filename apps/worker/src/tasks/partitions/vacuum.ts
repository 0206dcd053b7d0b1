import { dropEmptyMonths } from "@twin/db/records/partitions/drop-months";
import { vacuumLateTables } from "@twin/db/records/partitions/vacuum";
import type { TaskHandler } from "../../task.ts";

const vacuum: TaskHandler<"partitions/vacuum"> = async (_payload, { db, actor, now, signal, url, log }) => {
  const tables = await vacuumLateTables(url, signal);
  // Tables that a purge has emptied are small now.
  const dropped = tables.length > 0 && !signal.aborted ? await dropEmptyMonths(db, actor, now) : [];
  if (tables.length > 0) log.info({ tables, dropped }, "vacuumed");
  return { rows: tables.length };
};
export default vacuum;
