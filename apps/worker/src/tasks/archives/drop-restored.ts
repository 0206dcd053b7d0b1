import { dropRestored } from "@twin/db/archives/drop-restored";
import type { TaskHandler } from "../../task.ts";

const drop: TaskHandler<"archives/drop-restored"> = async ({ month }, { db, actor, signal }) => ({
  rows: await dropRestored(db, actor, { month, signal }),
});
export default drop;
