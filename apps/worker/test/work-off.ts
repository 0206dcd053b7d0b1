import { memoryHeads } from "@twin/db/test/heads";
import { setTimeout as sleep } from "node:timers/promises";
import { type TaskName, tasks } from "@twin/contracts/tasks";
import type { Actor } from "@twin/db/tenancy/actor";
import { connectQueue } from "@twin/db/jobs/liveness";
import { beginJobRun, endJobRun } from "@twin/db/jobs/record";
import { readBacklog } from "@twin/db/jobs/wait";
import { Logger, runOnce, type TaskList } from "graphile-worker";
import { pino } from "pino";
import { handlers, type TaskContext, type TaskHandler } from "../src/task.ts";

type Around = Pick<TaskContext, "db" | "url" | "now" | "archive"> & Pick<TaskContext["env"], "ledger">;

/** Jobs that wait for their turn, or for each other, are looked for again after so long. */
const againMs = 50;

/**
 * Works off the queue with the worker's own tasks until nothing is left to do, as if it were `now` all the time.
 * @throws the first error of a task
 */
export async function workOff(around: Around): Promise<void> {
  const queue = connectQueue(around.url, { max: 3 });
  const errors: unknown[] = [];
  const taskList: TaskList = Object.fromEntries(
    (Object.keys(tasks) as TaskName[]).map((name) => [
      name,
      (payload: unknown, { job }) =>
        runAt(name, payload, job, around).catch((error: unknown) => {
          errors.push(error);
          throw error;
        }),
    ]),
  );
  try {
    for (;;) {
      await runOnce({ pgPool: queue.pool, taskList, noHandleSignals: true, logger: new Logger(() => () => {}) });
      if (errors.length > 0) throw errors[0];
      const { waiting, running, days } = await readBacklog(around.db);
      if (waiting + running === 0) {
        if (days > 0) throw new Error(`${days} days are marked, and no job is there to compute them`);
        return;
      }
      await sleep(againMs);
    }
  } finally {
    await queue.close();
  }
}

async function runAt<N extends TaskName>(
  name: N,
  raw: unknown,
  job: { id: string; key: string | null; attempts: number },
  { ledger, now, ...around }: Around,
): Promise<void> {
  const payload = tasks[name].payload.parse(raw) as Parameters<TaskHandler<N>>[0];
  const org_id = "org_id" in payload && typeof payload.org_id === "number" ? payload.org_id : 0;
  const actor: Actor = { kind: "system", org_id, job: name, request_id: `job:${job.id}` };
  const started = { task: name, key: job.key, payload, attempt: job.attempts };
  const runId = (await beginJobRun(around.db, actor, started, now))!;
  const { default: run } = await handlers[name]();
  const result = await run(payload, {
    ...around,
    actor,
    now,
    runId,
    isLastTry: true,
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
    reached: () => {},
    env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger },
  });
  await endJobRun(around.db, actor, runId, { status: "done", rows: result?.rows }, now);
}
