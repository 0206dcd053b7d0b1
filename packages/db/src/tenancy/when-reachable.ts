import { setTimeout as sleep } from "node:timers/promises";
import { isUnavailable } from "./errors.ts";

/**
 * Runs the first work of a process with the database, again and again while that can't be reached: it may be starting, or
 * recovering from a crash.
 * @throws the last error of `work`, once `within` ms have passed
 */
export async function whenReachable<T>(work: () => Promise<T>, within = 60_000): Promise<T> {
  for (const deadline = performance.now() + within; ; await sleep(200)) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > deadline) throw error;
    }
  }
}
