import { setTimeout as sleep } from "node:timers/promises";
import { isUnavailable } from "@twin/db/tenancy/errors";
import { Failure } from "../command.ts";

/** How long the database may be unreachable before an import gives up. */
const patienceMs = 60_000;

/** Runs `work` again while the database is unreachable, a minute at most; batches are idempotent, so this is safe. */
export async function patiently<T>(work: () => Promise<T>, remark: (text: string) => void): Promise<T> {
  const since = performance.now();
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      const reason = (error as Error).message;
      if (performance.now() - since + wait > patienceMs)
        throw new Failure(
          `The database has been away for a minute (${reason}). Run the same command again later: it continues without doubling anything.`,
        );
      if (wait === 100) remark(`The database is away (${reason}), trying again.`);
      await sleep(wait);
    }
  }
}
