import { setTimeout as sleep } from "node:timers/promises";
import type { LifecyclePlan, LifecycleRun, PlannedStep } from "@twin/contracts/lifecycle";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { listJobs } from "@twin/db/jobs/queued";
import { readBacklog } from "@twin/db/jobs/wait";
import { planLifecycle } from "@twin/db/lifecycle/plan";
import { listRuns } from "@twin/db/lifecycle/runs";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { type Call, type Command, exit, Failure } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { count } from "@twin/wording/format";
import { dataTypeNames } from "@twin/wording/policies";

const org = { type: "string", value: "SLUG", help: "the organisation", required: true } as const;

const size = (bytes: number): string =>
  bytes < 100_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${count(Math.round(bytes / 100_000) / 10)} MB`;
const amount = ({ rows, bytes }: { rows: number; bytes: number }) => `${count(rows)} rows, about ${size(bytes)}`;

/** `lifecycle plan`. */
export const lifecyclePlan: Command = {
  name: "lifecycle plan",
  summary: "Show what a run would do now, by policy: rows, bytes, days, and what ends with them",
  flags: {
    org,
    "next-run": { type: "boolean", help: "what the next run by the clock will do, instead of one that began now" },
  },
  notes: "Changes nothing. What waits is older than the policy, but may not go yet.",
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const at = call.isSet("next-run") ? "next_run" : "now";
      const plan = await planLifecycle(db, commandActor(org_id, "lifecycle plan"), { at }, new Date());
      call.out.result(plan, linesOfPlan(plan));
      return exit.ok;
    }),
};

function linesOfPlan({ seal, steps }: LifecyclePlan): string[] {
  return [
    seal.sealed_days === null
      ? "No day is final yet."
      : `Days from ${seal.sealed_days.from} to before ${seal.sealed_days.before} are final.`,
    ...(seal.waits ? [`From ${seal.waits.day} on they wait: ${seal.waits.reason}.`] : []),
    ...steps.flatMap(linesOfStep),
  ];
}

function linesOfStep({ data_type, cut_day, going, waits, becomes, loses }: PlannedStep): string[] {
  const { tables, first_day, last_day } = going;
  const days = first_day === last_day ? first_day : `${first_day} to ${last_day}`;
  return [
    `${dataTypeNames[data_type]}, kept from ${cut_day}: ${going.rows === 0 ? "nothing goes" : `${amount(going)}, of ${days}: ${becomes}`}`,
    ...(going.rows === 0
      ? []
      : [
          `  ${Object.entries(tables)
            .map(([table, rows]) => `${count(rows)} ${table}`)
            .join(", ")}`,
        ]),
    ...(going.rows === 0 ? [] : [`  begin at ${cut_day} then: ${loses.join(", ")}`]),
    ...(waits === null ? [] : [`  waits: ${waits}`]),
  ];
}

/** `lifecycle apply`. */
export const lifecycleApply: Command = {
  name: "lifecycle apply",
  summary: "Do what the policies ask for, and show the reports",
  flags: { org },
  notes:
    "A worker does it, in small steps; it may be stopped or killed anywhere, and the next run goes on. Ctrl-C stops only the looking on.",
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      if ((await readBacklog(db)).workers === 0) throw new Failure("No worker lives that could do it: start one.");
      const actor = commandActor(org_id, "lifecycle apply");
      const { runs: earlier } = await listRuns(db, actor, { limit: 1 });
      await startLifecycle(db, actor);
      const runs = await follow(db, actor, call, earlier[0]?.id ?? 0);
      call.out.result({ runs }, runs.length === 0 ? ["Nothing was due."] : runs.map(lineOfRun));
      return runs.every(({ status }) => status === "done") ? exit.ok : exit.failed;
    }),
};

/** Follows the run until its job has left the queue. @returns the reports after `last`, oldest first */
async function follow(db: Database, actor: Actor, call: Call, last: number): Promise<LifecycleRun[]> {
  let shown = "";
  for (;;) {
    const job = (await listJobs(db, actor)).find(({ task }) => task === "lifecycle/apply");
    const runs = (await listRuns(db, actor, { limit: 50 })).runs.filter(({ id }) => id > last).reverse();
    const state = runs.map(lineOfRun).join("\n");
    if (state !== shown && call.out.json) for (const run of runs) call.out.event({ event: "progress", ...run });
    if (state !== shown && !call.out.json && job) call.out.remark(state);
    shown = state;
    if (!job) return runs;
    if (job.state === "failed")
      throw new Failure(`The run failed: ${job.last_error}. ./twinctl jobs retry ${job.id} tries again.`);
    await sleep(250);
  }
}

const lineOfRun = ({ data_type, status, reason, rows, bytes }: LifecycleRun): string =>
  `${dataTypeNames[data_type]}: ${status}, ${amount({ rows, bytes })}${reason === null ? "" : ` (${reason})`}`;
