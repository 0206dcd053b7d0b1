import type { IngestAnswer, IngestInput } from "@twin/contracts/ingest";
import { DomainError } from "../../tenancy/errors.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import type { Batch, Tenant } from "./batch.ts";
import { Reach } from "../../tenancy/calendar/reach.ts";
import { correctOwners } from "../twins/correct-owners.ts";
import { DirtyDays } from "./dirty-days.ts";
import { keysOf } from "./keys-of.ts";
import { ImportLines } from "./import-lines.ts";
import { ensureMonths, forgetMonths } from "./months.ts";
import { Outcomes } from "./outcome.ts";
import { lockPeopleOf } from "./lock-people.ts";
import { joinParsed, type Parsed, parseRecords } from "./parse.ts";
import { References } from "./references.ts";
import { writeActivities } from "./write-activities.ts";
import { writeFeatures } from "./write-features.ts";
import { writeInstallations } from "./write-installations.ts";
import { writeMessages } from "./write-messages.ts";
import { writeSessions } from "./write-sessions.ts";
import { writeTwins } from "./write-twins.ts";
import { writeUsers } from "./write-users.ts";

export type IngestOptions = {
  /** Whose external ids these are; default: the API key's, else `import`. */
  source?: string;
  /** The time that "in the future" is measured by; default: the clock. */
  now: Date;
  /** The import that sends it (`startImport`), so that it can be undone. */
  run?: number;
};

/** A batch whose records were checked by themselves. */
export type Received = { records: number; parsed: Parsed; parsing: Outcomes };

/** Checks the form of a batch's records. */
export async function receive({ records }: IngestInput): Promise<Received> {
  const parsing = new Outcomes();
  return { records: records.length, parsed: await parseRecords(records, parsing), parsing };
}

/**
 * Stores a batch of records: the only way in. Rows, details, marks of days and the job that computes them are one
 * transaction: an answer means that they are durable, a crash that nothing was stored. Wrong records are answered one by
 * one, and all others are stored; sending a batch again changes nothing.
 */
export async function recordBatch(
  db: Database,
  actor: Actor,
  input: IngestInput,
  options: IngestOptions,
): Promise<IngestAnswer> {
  const [answer] = await storeBatches(db, actor, [await receive(input)], options);
  return answer!;
}

/** Stores batches of one sender as one list, in their order and in one transaction. @returns their answers */
export async function storeBatches(
  db: Database,
  actor: Actor,
  batches: readonly Received[],
  options: IngestOptions,
): Promise<IngestAnswer[]> {
  const parsed = joinParsed(batches);
  const store = async () => {
    const outcomes = await storeRecords(db, actor, parsed, options);
    let from = 0;
    return batches.map(({ records, parsing }) => outcomes.answer(parsing, (from += records) - records, records));
  };
  return store().catch((error: unknown) => {
    if (!isMonthMissing(error)) throw error;
    forgetMonths(db);
    return store();
  });
}

async function storeRecords(
  db: Database,
  actor: Actor,
  parsed: Parsed,
  {
    source = actor.kind === "service" ? actor.source : "import",
    now,
    run = null,
  }: Omit<IngestOptions, "run"> & { run?: number | null },
): Promise<Outcomes> {
  await ensureMonths(db, actor, parsed, now);
  const store = async (tx: Tx) => {
    const references = new References(tx, source);
    const [tenant] = await Promise.all([lockTenant(tx), references.load(keysOf(parsed))]);
    const outcomes = new Outcomes();
    const batch: Batch = {
      db,
      tx,
      source,
      now: now.toISOString(),
      tenant,
      outcomes,
      references,
      dirty: new DirtyDays("followed"),
      reach: new Reach(),
      corrections: [],
      lines: new ImportLines(run),
    };
    await lockPeopleOf(batch, parsed);
    // Parents before children, so that both may come in one batch, in any order.
    await writeUsers(batch, parsed.users);
    await writeTwins(batch, parsed.twins);
    await writeSessions(batch, parsed.sessions);
    const activities = await writeActivities(batch, parsed.activities);
    await writeMessages(batch, parsed.activities, activities, parsed.messages);
    await writeFeatures(batch, parsed.features);
    // Last, because the rollup locks them last: in another order the two could wait for each other.
    await writeInstallations(batch, parsed.installations);
    await batch.lines.flush(tx, tenant.has_imports);
    await batch.reach.flush(tx, tenant.reach_days);
    await batch.dirty.flush(tx, tenant.day_rule, batch.now);
    await correctOwners(tx, batch.corrections);
    return outcomes;
  };
  return inTenant(db, actor, store, { plan: "once" });
}

/**
 * Zone and seal must not change before this batch is stored: a change locks the row FOR UPDATE and so waits for this. A key
 * share only, because the rollup writes to the same row after each of its steps.
 */
async function lockTenant(tx: Tx): Promise<Tenant> {
  const [tenant] = await tx.query<Tenant & { is_closed: boolean }>({
    name: "lock_tenant",
    text: `select day_rule_of(o) as day_rule, sealed_from, sealed_before, history_from, truncate_ip, search_enabled, reach_days,
        exists (select from import_runs where org_id = $1) as has_imports, closed_at is not null as is_closed
      from organizations o where id = $1 for key share`,
    values: [tx.org_id],
  });
  if (!tenant || tenant.is_closed)
    throw new DomainError("NOT_FOUND", "this organisation is gone: it was a demonstration, which was removed");
  return tenant;
}

/** A month that existed a moment ago was dropped by policy: it is made again, once. */
const isMonthMissing = (error: unknown): boolean =>
  error instanceof Error && "routine" in error && error.routine === "ExecFindPartition";
