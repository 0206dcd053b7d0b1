import { ensureMonthsAhead } from "@twin/db/records/partitions/ensure-months";
import type { TaskHandler } from "../../task.ts";

const ensure: TaskHandler<"partitions/ensure"> = async (_payload, { db, actor, now }) => ({
  rows: await ensureMonthsAhead(db, actor, now),
});
export default ensure;
