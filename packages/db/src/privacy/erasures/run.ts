import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { DirtyDays } from "../../records/ingest/dirty-days.ts";
import { finishErasure } from "./finish.ts";
import { readHoldOn } from "./hold.ts";
import type { Ledger } from "./ledger.ts";
import type { Counts } from "./lines.ts";
import { erasureParams, erasureRow, selectErasures, readErasures } from "./state.ts";
import { takeActivities } from "./steps/activities.ts";
import { takeMessages } from "./steps/messages.ts";
import { restoredSteps } from "./steps/restored.ts";
import { takeFeatureEvents, takeOwnership, takeSessions, takeSummaries } from "./steps/rows.ts";
import type { ErasureStep, ErasureWork } from "./steps/step.ts";
import { takeTwins } from "./steps/twins.ts";
import { lockFigures } from "../../figures/lock.ts";

export type EraseOptions = {
  /** The time that decides who is due. */
  now: Date;
  ledger: Ledger;
  /** Ends the work after the current transaction. */
  signal?: AbortSignal;
  /** Called at each place where a crash would leave something half-done, as `noun:done`; tests kill there. */
  reached?: (place: string) => void | Promise<void>;
  /** Most rows of one transaction; others of the organisation wait for it. */
  limit?: number;
};

/** `held`: due, but kept by a legal hold. */
export type EraseOutcome = { status: "done" | "stopped"; erased: number; held: number };

const usualLimit = 1_000;

/** In this order: after no step could a rollup create rows again that an earlier step deleted. */
const steps: readonly [name: string, step: ErasureStep][] = [
  ["messages", takeMessages],
  ["activities", takeActivities],
  ["summaries", takeSummaries],
  ["sessions", takeSessions],
  ["features", takeFeatureEvents],
  ["ownership", takeOwnership],
  ...restoredSteps,
  ["twins", takeTwins],
];

const dueErasures = statement(
  "privacy.due_erasures",
  { ...erasureParams, now: "timestamptz" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where (e.status = 'erasing' or e.status = 'asked' and e.due_at <= ${p.now})
    order by e.status = 'asked', e.due_at, e.id`,
  { plan: "each" },
);

/**
 * Erases everyone of the actor's organisation whose grace is over and whom no hold keeps. First the erasure can't be undone
 * any more, then the ledger has it on disk, then rows are deleted in bounded transactions, each with the marks of its days
 * and its counts for the receipt; at last the person's row and keys. It may be killed anywhere: the next run continues,
 * also beside another one.
 */
export async function eraseDue(db: Database, actor: Actor, options: EraseOptions): Promise<EraseOutcome> {
  const { now, signal, reached = () => {} } = options;
  const outcome: EraseOutcome = { status: "done", erased: 0, held: 0 };
  const due = await inTenant(db, actor, (tx) =>
    readErasures(tx, now, (given) => dueErasures({ ...given, now: now.toISOString() })),
  );
  for (const { id } of due) {
    if (!(await begin(db, actor, id, options))) {
      outcome.held++;
      continue;
    }
    await reached("erasure:written");
    for (;;) {
      if (signal?.aborted) return { ...outcome, status: "stopped" };
      const done = await takeNext(db, actor, id, options);
      if (done === "held") outcome.held++;
      else if (done === "erased") outcome.erased++;
      await reached(`erasure:${done}`);
      if (done === "held" || done === "erased" || done === "gone") break;
    }
  }
  return outcome;
}

type Subject = { user_id: string; n: number; counts: Counts };

const beginPurging = statement("privacy.begin_purging", {}, {}, () => sql`set local app.purging = 'on'`, {
  plan: "each",
});

const lockOrganization = statement(
  "privacy.lock_organization",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for update`,
);

const lockErasure = statement(
  "privacy.lock_erasure",
  { org_id: "int", id: "uuid" },
  { user_id: "uuid", n: "int", counts: only<Counts>("jsonb"), status: "text" },
  (p) => sql`
    select e.user_id, u.n, e.counts, e.status from erasures e join users u on u.org_id = ${p.org_id} and u.id = e.user_id
    where e.org_id = ${p.org_id} and e.id = ${p.id} and e.status in ('asked', 'erasing') for update of u, e`,
);

/** With rollups and batches blocked, so that nothing is half-done. The order of locks is that of the seal. */
async function lock(tx: Tx, id: string): Promise<(Subject & { status: string }) | undefined> {
  await lockFigures(tx, true);
  await tx.query(beginPurging({}));
  await tx.query(lockOrganization({ org_id: tx.org_id }));
  const [subject] = await tx.query(lockErasure({ org_id: tx.org_id, id }));
  return subject;
}

const erasureIfDue = statement(
  "privacy.erasure_if_due",
  { ...erasureParams, id: "uuid", now: "timestamptz" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where e.id = ${p.id} and e.due_at <= ${p.now}`,
  { plan: "each" },
);

const beginErasure = statement(
  "privacy.begin_erasure",
  { org_id: "int", id: "uuid", now: "timestamptz" },
  { reason: "text", asked_at: "timestamptz", asked_by: "text", org_created_at: "text", tombstones: "text[]" },
  (p) => sql`
    update erasures e set status = 'erasing', started_at = coalesce(started_at, ${p.now})
    where org_id = ${p.org_id} and id = ${p.id} returning reason, asked_at, asked_by,
      (select extract(epoch from created_at)::text from organizations where id = ${p.org_id}) as org_created_at,
      array(select encode(t.key_hash, 'hex') from tombstones t where t.org_id = ${p.org_id} and t.erasure_id = ${p.id} order by 1) as tombstones`,
  { plan: "each" },
);

/**
 * Ends the time in which the erasure could be undone, and writes it into the ledger. Only then may anything be destroyed:
 * where an older copy of the database is restored, the ledger must tell of it.
 */
async function begin(
  db: Database,
  actor: Actor,
  id: string,
  { now, ledger, reached = () => {} }: EraseOptions,
): Promise<boolean> {
  const entry = await inTenant(db, actor, async (tx) => {
    const subject = await lock(tx, id);
    if (!subject || (await readHoldOn(tx, subject.user_id)) !== null) return null;
    if (subject.status === "asked") {
      const [still] = await readErasures(tx, now, (given) => erasureIfDue({ ...given, id, now: now.toISOString() }));
      if (!still) return null;
    }
    const [row] = await tx.query(beginErasure({ org_id: tx.org_id, id, now: now.toISOString() }));
    return { version: 1 as const, org_id: tx.org_id, erasure_id: id, user_id: subject.user_id, ...row! };
  });
  if (!entry) return false;
  await reached("erasure:begun");
  await ledger.append(entry);
  return true;
}

const storeCounts = statement(
  "privacy.store_erasure_counts",
  { org_id: "int", id: "uuid", counts: "jsonb" },
  {},
  (p) => sql`update erasures set counts = ${p.counts} where org_id = ${p.org_id} and id = ${p.id}`,
);

/** One transaction: the first step that still finds something, or the end. @returns which */
function takeNext(
  db: Database,
  actor: Actor,
  id: string,
  { now, limit = usualLimit, reached = () => {} }: EraseOptions,
): Promise<string> {
  return inTenant(db, actor, async (tx) => {
    const subject = await lock(tx, id);
    if (!subject) return "gone";
    const { user_id, n, counts } = subject;
    if ((await readHoldOn(tx, user_id)) !== null) return "held";
    const work: ErasureWork = { db, tx, user_id, n, limit, counts, dirty: new DirtyDays(), now };
    for (const [name, step] of steps) {
      if ((await step(work)) === 0) continue;
      await tx.query(storeCounts({ org_id: tx.org_id, id, counts }));
      await flush(work);
      await reached(`erasure:${name}-taken`);
      return name;
    }
    await finishErasure(work, id);
    await flush(work);
    await reached("erasure:finished");
    return "erased";
  });
}

const dayRule = statement(
  "privacy.day_rule",
  { org_id: "int" },
  { day_rule: "day_rule" },
  (p) => sql`select day_rule_of(o) as day_rule from organizations o where id = ${p.org_id}`,
);

/** These marks come from no record, so they don't keep a day from being sealed. */
async function flush({ tx, dirty }: ErasureWork): Promise<void> {
  const [organization] = await tx.query(dayRule({ org_id: tx.org_id }));
  await dirty.flush(tx, organization!.day_rule, "-infinity");
}
