import { cancelJob, listJobs, type QueuedJob, readJob, retryJob } from "@twin/db/jobs/queued";
import { waitForJobs } from "@twin/db/jobs/wait";
import { type Call, type Command, exit, UsageError } from "./command.ts";
import { commandActor, withDatabase } from "./database.ts";
import { hearSignals } from "./hear-signals.ts";
import { table } from "./output.ts";

/** Who acts on the queue of every organisation. */
const operator = (command: string) => commandActor(0, command);

function idOf(call: Call): number {
  const id = Number(call.words[0]);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new UsageError("ID must be the number of a job, as ./twinctl jobs ls shows it");
  return id;
}

const row = (job: QueuedJob) => [
  String(job.id),
  job.task,
  job.org_id === null ? "" : String(job.org_id),
  job.state,
  `${job.attempts}/${job.max_attempts}`,
  job.run_at,
  job.last_error?.split("\n")[0]?.slice(0, 80) ?? "",
];
const head = ["ID", "TASK", "ORGANISATION", "STATE", "ATTEMPTS", "DUE", "LAST ERROR"];

/** `jobs ls`. */
export const jobsLs: Command = {
  name: "jobs ls",
  summary: "List the jobs of the queue",
  run: (call) =>
    withDatabase(async (db) => {
      const jobs = await listJobs(db, operator("jobs ls"));
      call.out.result({ jobs }, jobs.length === 0 ? ["The queue is empty."] : table([head, ...jobs.map(row)]));
      return exit.ok;
    }),
};

/** `jobs show ID`. */
export const jobsShow: Command = {
  name: "jobs show",
  summary: "Show a job of the queue, with its last error",
  words: ["ID"],
  run(call) {
    const id = idOf(call);
    return withDatabase(async (db) => {
      const job = await readJob(db, operator("jobs show"), id);
      call.out.result(
        job,
        table(Object.entries(job).map(([field, value]) => [field, value === null ? "" : String(value)])),
      );
      return exit.ok;
    });
  },
};

const changes = (name: string, summary: string, verb: typeof retryJob, done: string): Command => ({
  name,
  summary,
  words: ["ID"],
  run(call) {
    const id = idOf(call);
    return withDatabase(async (db) => {
      const job = await verb(db, operator(name), id);
      call.out.result(job, [`Job ${id} (${job.task}) ${done}.`]);
      return exit.ok;
    });
  },
});

/** `jobs retry ID`. */
export const jobsRetry = changes("jobs retry", "Make a job due at once, with all its attempts", retryJob, "is due now");

/** `jobs cancel ID`. */
export const jobsCancel = changes("jobs cancel", "Take a job out of the queue", cancelJob, "is cancelled");

/** `jobs wait`. */
export const jobsWait: Command = {
  name: "jobs wait",
  summary: "Wait until the queue is drained and every figure is current",
  flags: { timeout: { type: "string", value: "S", help: "give up after S seconds (default: 600)" } },
  run(call) {
    const seconds = Number(call.text("timeout") ?? 600);
    if (!(seconds >= 0 && seconds <= 86_400)) throw new UsageError("--timeout must be 0 to 86400 seconds");
    return withDatabase(async (db) => {
      const stop = hearSignals();
      let told = performance.now();
      const { drained, left } = await waitForJobs(db, {
        timeoutMs: seconds * 1000,
        signal: stop.signal,
        onProgress(now) {
          if (performance.now() - told < 1_000) return;
          told = performance.now();
          if (call.out.json || !process.stderr.isTTY) call.out.event({ event: "waiting", ...now });
          else
            process.stderr.write(
              `\r\u001b[2K${now.waiting} waiting, ${now.running} running, ${now.days} days to recompute`,
            );
        },
      });
      if (process.stderr.isTTY && !call.out.json) process.stderr.write("\r\u001b[2K");
      const rest = `${left.waiting} jobs waiting, ${left.running} running, ${left.days} days to recompute`;
      const idle = left.workers === 0 ? "; no worker is alive, start one with npm start" : "";
      call.out.result({ drained, ...left }, [drained ? "The queue is drained." : `Not drained: ${rest}${idle}.`]);
      if (left.failed > 0) call.out.remark(`${left.failed} jobs were given up: ./twinctl jobs ls`);
      return drained ? exit.ok : exit.failed;
    });
  },
};
