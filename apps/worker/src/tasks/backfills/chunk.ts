import { failBackfill, runBackfillChunk } from "@twin/db/figures/backfills/run-chunk";
import { isUnavailable } from "@twin/db/tenancy/errors";
import { messageOf } from "@twin/db/postgres/log-facts";
import type { TaskHandler } from "../../task.ts";

const chunk: TaskHandler<"backfills/chunk"> = async ({ backfill_id }, { db, actor, now, runId }) => {
  try {
    const { rows } = await runBackfillChunk(db, actor, backfill_id, { now, jobRunId: runId });
    return { rows };
  } catch (error) {
    // An unreachable database comes back, and the queue tries again; any other error would come again.
    if (!isUnavailable(error)) {
      await failBackfill(db, actor, backfill_id, messageOf(error));
    }
    throw error;
  }
};
export default chunk;
