import { type TaskName, tasks } from "@twin/contracts/tasks";
import { type CronItem, type ParsedCronItem, parseCronItems } from "graphile-worker";

/** When tasks run by the clock (UTC): the contract's crontab lines. Demonstration tasks only where there is a demonstration. */
export function schedule(env: { demo: boolean }): ParsedCronItem[] {
  const items: CronItem[] = [];
  for (const [name, task] of Object.entries(tasks) as [TaskName, { attempts: number; cron?: string }][]) {
    if (!task.cron || (name.startsWith("demo/") && !env.demo)) continue;
    // With the key a slow run isn't queued a second time.
    items.push({
      task: name,
      match: task.cron,
      identifier: name,
      options: { maxAttempts: task.attempts, jobKey: `cron:${name}` },
    });
  }
  return parseCronItems(items);
}
