import { type TaskName, tasks } from "@twin/contracts/tasks";
import { type CronItem, type ParsedCronItem, parseCronItems } from "graphile-worker";

/** Demonstrations that somebody asked for beside data of their own: fresh enough, and seldom enough to be no burden. */
const seldom = "4,19,34,49 * * * *";

/** When tasks run by the clock (UTC): the contract's crontab lines. Demonstrations go on each minute only with DEMO=1. */
export function schedule(env: { demo: boolean }): ParsedCronItem[] {
  const items: CronItem[] = [];
  for (const [name, task] of Object.entries(tasks) as [TaskName, { attempts: number; cron?: string }][]) {
    if (!task.cron) continue;
    // With the key a slow run isn't queued a second time.
    items.push({
      task: name,
      match: name === "demo/trickle" && !env.demo ? seldom : task.cron,
      identifier: name,
      options: { maxAttempts: task.attempts, jobKey: `cron:${name}` },
    });
  }
  return parseCronItems(items);
}
