import { z } from "zod";

const OrgPayload = z.object({ org_id: z.int().positive() });

type Task = {
  payload: z.ZodType;
  /** Tries before a job is given up and shown as failed. */
  attempts: number;
  /** Greater comes later; 0, what is live, unless said. */
  priority?: number;
  /** Five-field crontab line in UTC. */
  cron?: string;
};

/**
 * Every job that exists: name -> payload, attempts, schedule. A name is the path of its handler below
 * `apps/worker/src/tasks`. Whoever enqueues loads this file, never the work.
 */
export const tasks = {
  /** Brings every figure of one organisation up to date with its dirty log. */
  "metrics/rollup": { payload: OrgPayload, attempts: 25 },
  /**
   * Moves what changes with the calendar alone: day-N flags, zero days; per organisation through `metrics/rollup`. At each
   * quarter of an hour midnight comes to some zone.
   */
  "metrics/new-day": { payload: z.object({}).passthrough(), attempts: 5, cron: "1,16,31,46 * * * *" },
  /** Refreshes `mv_monthly_user_stats`: when monthly stats have changed and it is quiet, and each hour in any case. */
  "metrics/refresh-views": { payload: z.object({}).passthrough(), attempts: 5, cron: "12 * * * *" },
  /** Computes the next chunk of a backfill, then queues the one after it. */
  "backfills/chunk": {
    payload: OrgPayload.extend({ backfill_id: z.int().positive() }),
    attempts: 25,
    priority: 10,
  },
  /** Queues the run of the day, at 03:00 of each organisation's own time. */
  "lifecycle/nightly": { payload: z.object({}).passthrough(), attempts: 5, cron: "7 * * * *" },
  /** Does what an organisation's policies ask for: seals, purges, drops months that are empty. */
  "lifecycle/apply": { payload: OrgPayload, attempts: 10, priority: 10 },
  /** Makes the copy of what is held on a person. */
  "users/export": { payload: OrgPayload.extend({ export_id: z.uuid() }), attempts: 5, priority: 5 },
  /** Deletes copies that nobody fetched, and fails those whose job was lost. */
  "users/expire-exports": { payload: z.object({}).passthrough(), attempts: 5, cron: "*/10 * * * *" },
  /** Erases everyone of an organisation who is due. */
  "users/erase": { payload: OrgPayload, attempts: 25, priority: 5 },
  /** Lets shared use follow the owners of an organisation's twins, where they were put right. */
  "twins/follow-owners": { payload: OrgPayload, attempts: 25 },
  /** Creates the partitions of the coming months. */
  "partitions/ensure": { payload: z.object({}).passthrough(), attempts: 5, cron: "32 3 * * *" },
  /** Creates the partitions that an organisation's records need and that are too many to be made while they wait. */
  "partitions/make": { payload: OrgPayload, attempts: 10 },
  /** Vacuums what autovacuum is late for, and drops months that are empty. */
  "partitions/vacuum": { payload: z.object({}).passthrough(), attempts: 3, cron: "22 * * * *" },
  /** Reads the files of an organisation's archived months back, or of one. */
  "archives/verify": { payload: OrgPayload.extend({ month: z.string().optional() }), attempts: 3, priority: 10 },
  /** Brings an archived month back to be looked at. */
  "archives/restore": { payload: OrgPayload.extend({ month: z.string() }), attempts: 5, priority: 10 },
  /** Lets a restored month go again. */
  "archives/drop-restored": { payload: OrgPayload.extend({ month: z.string() }), attempts: 25, priority: 10 },
  /** Queues the drop of restored months whose time is over. */
  "archives/expire": { payload: z.object({}).passthrough(), attempts: 5, cron: "42 3 * * *" },
  /** Seals what was written down since the last seal, in each organisation. */
  "audit/seal": { payload: z.object({}).passthrough(), attempts: 3, cron: "*/15 * * * *" },
  /** Computes the chain of one organisation anew, or of each, and stores how it ended. */
  "audit/verify": {
    payload: z.object({ org_id: z.int().positive().optional() }).passthrough(),
    attempts: 3,
    priority: 10,
    cron: "52 4 * * *",
  },
  /** Writes a letter and hands it to the mail server; waits longer after each failure, an hour in all. */
  "mail/send": { payload: z.object({ org_id: z.int().positive().optional(), sealed: z.string() }), attempts: 8 },
  /** Demonstration data: fills an organisation when it was made. */
  "demo/fill": { payload: OrgPayload, attempts: 3 },
  /** Demonstration data: takes what a demonstration that was ended still has. */
  "demo/remove": { payload: OrgPayload, attempts: 25, priority: 5 },
  /** Demonstration data: queues what fills or removes a demonstration, where that failed for good. */
  "demo/resume": { payload: z.object({}).passthrough(), attempts: 5, cron: "52 3 * * *" },
  /** Demonstration data: goes on trickling in. */
  "demo/trickle": { payload: z.object({}).passthrough(), attempts: 1, cron: "* * * * *" },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof tasks;
export type TaskPayload<N extends TaskName> = z.output<(typeof tasks)[N]["payload"]>;

/** When a job's turn comes among those that are due: the least first. */
export const priorityOf = (name: TaskName): number => (tasks as Record<TaskName, Task>)[name].priority ?? 0;
