import { makeAskedMonths } from "@twin/db/records/ingest/months";
import type { TaskHandler } from "../../task.ts";

const make: TaskHandler<"partitions/make"> = async (_payload, { db, actor, now }) => ({
  rows: await makeAskedMonths(db, actor, now),
});
export default make;
