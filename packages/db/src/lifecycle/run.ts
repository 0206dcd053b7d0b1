import type { DataType } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { isUnavailable } from "../tenancy/errors.ts";
import { forgetSealedLines } from "../records/ingest/forget-import-lines.ts";
import { messageOf } from "../postgres/log-facts.ts";
import { markNewDay } from "../figures/new-day.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { dropEmptyMonths } from "../records/partitions/drop-months.ts";
import { closeLostReports, endReport, type StepEnd } from "../policies/report.ts";
import { advanceSeal, type SealOutcome } from "./seal.ts";
import type { StepContext } from "./step.ts";
import { steps } from "./steps.ts";
import { statement } from "../postgres/statement.ts";

export type RunOptions = Pick<StepContext, "now"> & Partial<StepContext>;

/** `busy`: another run of this organisation is at work, or too many are: ask again later. */
export type RunOutcome = {
  status: "done" | "stopped" | "busy";
  seal: SealOutcome | null;
  steps: ({ data_type: DataType } & StepEnd)[];
  /** Partitions that were dropped because they were empty for every organisation. */
  dropped: string[];
};

/** Runs at work at once, over all organisations: the other workers stay free for live jobs. */
const places = 2;

const tryToRun = statement(
  "lifecycle.try_to_run",
  { org_id: "int" },
  { held: "boolean" },
  (p) => sql`
    select pg_try_advisory_xact_lock(hashtext('twin: lifecycle'), ${p.org_id}) and exists (
      select from generate_series(1, ${sql.raw(String(places))}) place
      where pg_try_advisory_xact_lock(hashtext('twin: lifecycle place'), place)
    ) as held`,
  { plan: "each" },
);

const lockRunsOf = statement(
  "lifecycle.lock_runs",
  { org_id: "int" },
  { held: "boolean" },
  (p) => sql`select pg_try_advisory_xact_lock(hashtext('twin: lifecycle'), ${p.org_id}) as held`,
  { plan: "each" },
);

/** Takes the lock of runs for the rest of the transaction. @returns false where a run is at work */
export async function lockRuns(tx: Tx): Promise<boolean> {
  const [lock] = await tx.query(lockRunsOf({ org_id: tx.org_id }));
  return lock!.held;
}

const closed = statement(
  "lifecycle.closed",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} and closed_at is not null`,
);

const isClosed = (db: Database, actor: Actor): Promise<boolean> =>
  inTenant(db, actor, async (tx) => (await tx.query(closed({ org_id: tx.org_id }))).length > 0);

/**
 * Does what the policies of the actor's organisation ask for at `now`: brings figures up to date, advances the seal,
 * deletes one kind of data after the other, and at last drops months that are empty. Every transaction that deletes reads
 * anew what is due. It may be killed anywhere: the next run continues, and reports tell what was done.
 * @throws the first error of a step, after the other steps were run
 */
export async function runLifecycle(db: Database, actor: Actor, options: RunOptions): Promise<RunOutcome> {
  const context: StepContext = {
    signal: new AbortController().signal,
    reached: () => {},
    summarise: null,
    archive: null,
    ...options,
  };
  // The lock is held by a transaction that does nothing else, so that it works through a pooler and ends with the process.
  return inTenant(db, actor, async (tx): Promise<RunOutcome> => {
    const outcome: RunOutcome = { status: "done", seal: null, steps: [], dropped: [] };
    const [lock] = await tx.query(tryToRun({ org_id: tx.org_id }));
    if (!lock!.held) return { ...outcome, status: "busy" };
    await work(db, actor, context, outcome);
    return outcome;
  });
}

async function work(db: Database, actor: Actor, context: StepContext, outcome: RunOutcome): Promise<void> {
  const { now, signal, reached } = context;
  // A demonstration that is being removed: a file that is written now would be left behind.
  if (await isClosed(db, actor)) return;
  await inTenant(db, actor, (tx) => closeLostReports(tx, now));
  // Changes by the calendar alone must be counted before the days are final.
  await markNewDay(db, actor, now);
  await rollupOrganization(db, actor, { now, signal });
  outcome.seal = await advanceSeal(db, actor, { now });
  await reached("seal:advanced");
  await forgetSealedLines(db, actor, signal);

  let failure: unknown;
  for (const { data_type, run } of steps) {
    if (signal.aborted || (await isClosed(db, actor))) break;
    const end = await run(db, actor, context).catch((error: unknown): StepEnd => {
      if (isUnavailable(error)) throw error;
      failure ??= error;
      return { status: "failed", reason: messageOf(error) };
    });
    await inTenant(db, actor, (tx) => endReport(tx, data_type, end, now));
    outcome.steps.push({ data_type, ...end });
  }
  if (signal.aborted) outcome.status = "stopped";
  else outcome.dropped = await dropEmptyMonths(db, actor, now);
  if (failure) throw failure;
}
