import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { importLock } from "../records/ingest/hold-import.ts";
import { readHolds } from "../policies/holds.ts";
import { readPolicies } from "../policies/policies.ts";
import { lockFigures } from "../figures/lock.ts";
import { statement } from "../postgres/statement.ts";

export type SealOutcome = {
  sealed_from: string | null;
  sealed_before: string | null;
  /** The first local day that policies want sealed and that can't be final yet, and why; null where nothing waits. */
  waits: { day: string; reason: string } | null;
};

/** A day isn't sealed within so many days of the last record received for it. */
export const quietDays = 7;

type Sealed = { from: string | null; before: string | null };
/** First local day of the seal, and the first after it. */
export type SealedDays = { from: string; before: string };
type Obstacle = { day: string; reason: string };

/**
 * Advances the seal as far as the policies want to purge, and as far as it may (docs/METRICS.md, "Late, duplicate and
 * corrected records"). It ends before days with a record received in the last seven days, days whose figures wait for the
 * rollup, and days that a backfill is at work on. It doesn't move during an import, under a hold on the whole organisation,
 * or while shared use must still follow corrected owners. Imported history before `sealed_from` is sealed as a whole, by
 * the same rules. Waits for batches in progress.
 */
export function advanceSeal(db: Database, actor: Actor, { now }: { now: Date }): Promise<SealOutcome> {
  return inTenant(db, actor, async (tx) => {
    // Locked before the organisation's row: a rollup at work writes by the seal that it has read.
    await lockFigures(tx, true);
    const was = await lockSeal(tx);
    const { sealed, days, waits } = await findSeal(tx, now, was, { evenDirty: false });
    if (days !== null) await storeSeal(tx, was, sealed, days);
    return { sealed_from: sealed.from, sealed_before: sealed.before, waits };
  });
}

/** How far a run at `now`, which begins with bringing figures up to date, would advance the seal. Changes nothing. */
export async function planSeal(tx: Tx, now: Date): Promise<SealOutcome & { sealed_days: SealedDays | null }> {
  const [was] = await tx.query(storedSeal({ org_id: tx.org_id }));
  const { sealed, days, waits } = await findSeal(tx, now, was!, { evenDirty: true });
  return {
    sealed_from: sealed.from,
    sealed_before: sealed.before,
    sealed_days: days ?? (await readSealedDays(tx)),
    waits,
  };
}

const sealedDays = statement(
  "lifecycle.sealed_days",
  { org_id: "int" },
  { from: "date", before: "date" },
  (p) => sql`
    select day_from(sealed_from, day_rule_of(o)) as "from", day_from(sealed_before, day_rule_of(o)) as before
    from organizations o where id = ${p.org_id} and sealed_from is not null`,
);

/** Which local days are final; null: none. */
export async function readSealedDays(tx: Tx): Promise<SealedDays | null> {
  const [days] = await tx.query(sealedDays({ org_id: tx.org_id }));
  return days ?? null;
}

const readSeal = (org_id: SQL): SQL =>
  sql`select sealed_from as "from", sealed_before as before from organizations where id = ${org_id}`;
const instants = { from: "timestamptz?", before: "timestamptz?" } as const;

const storedSeal = statement("lifecycle.seal", { org_id: "int" }, instants, (p) => readSeal(p.org_id));

const lockedSeal = statement(
  "lifecycle.lock_seal",
  { org_id: "int" },
  instants,
  (p) => sql`${readSeal(p.org_id)} for update`,
);

const instantsOfSeal = statement(
  "lifecycle.instants_of_seal",
  { org_id: "int", from: "date", before: "date" },
  instants,
  (p) => sql`
    select start_of(${p.from}, day_rule_of(o)) as "from", start_of(${p.before}, day_rule_of(o)) as before
    from organizations o where id = ${p.org_id}`,
);

/** The new seal, `days` where it is further than the old one, and what keeps it from going as far as policies want. */
type Found = { sealed: Sealed; days: SealedDays | null; waits: Obstacle | null };

async function findSeal(tx: Tx, now: Date, was: Sealed, options: { evenDirty: boolean }): Promise<Found> {
  const wanted = await readWanted(tx, now);
  if (wanted === null) return { sealed: was, days: null, waits: null };
  const stays = (reason: string): Found => ({ sealed: was, days: null, waits: { day: wanted.day, reason } });
  if ((await readHolds(tx)).organization) return stays("the organisation is under legal hold");
  if (!(await isFreeOfImports(tx))) return stays("an import is running");
  if (await hasOwnersToFollow(tx)) return stays("a twin's owner was put right, and shared use follows");

  const obstacle = (from: string, before: string) => findObstacle(tx, now, from, before, options.evenDirty);
  const upper = await obstacle(wanted.day, wanted.before_day);
  const before = upper?.day ?? wanted.before_day;
  const lower = wanted.earlier_day === null ? null : await obstacle(wanted.earlier_day, wanted.from_day!);
  const from = wanted.earlier_day !== null && lower === null ? wanted.earlier_day : (wanted.from_day ?? wanted.day);
  const waits = upper ?? lower;
  const stayed: Found = { sealed: was, days: null, waits };
  if (wanted.from_day === null && before <= from) return stayed;
  const [sealed] = await tx.query(instantsOfSeal({ org_id: tx.org_id, from, before }));
  // A local day without an instant gives nothing to advance over.
  const isSame = sealed!.from === was.from && sealed!.before === was.before;
  return isSame ? stayed : { sealed: sealed!, days: { from, before }, waits };
}

async function lockSeal(tx: Tx): Promise<Sealed> {
  const [sealed] = await tx.query(lockedSeal({ org_id: tx.org_id }));
  if (!sealed) throw new Error(`organisation ${tx.org_id} is gone`);
  return sealed;
}

const anyOwnerCorrection = statement(
  "lifecycle.any_owner_correction",
  { org_id: "int" },
  { some: "boolean" },
  (p) => sql`select exists (select from owner_corrections where org_id = ${p.org_id}) as some`,
);

/** Shared use must follow the owners of twins before a day is final. */
async function hasOwnersToFollow(tx: Tx): Promise<boolean> {
  const [row] = await tx.query(anyOwnerCorrection({ org_id: tx.org_id }));
  return row!.some;
}

/** In local days: the seal wanted is [from_day or day, before_day), of which [day, before_day) is still to be sealed. */
type Wanted = {
  from_day: string | null;
  day: string;
  before_day: string;
  /** First day of history that was imported before the seal. */
  earlier_day: string | null;
};

const wantedSeal = statement(
  "lifecycle.wanted_seal",
  { org_id: "int", sessions_cut: "date", messages_cut: "date", activities_cut: "date" },
  { from_day: "date?", day: "date?", before_day: "date?", earlier_day: "date?" },
  (p) => sql`
    select s.from_day, coalesce(s.before_day, f.first_day) as day, greatest(w.day, s.before_day) as before_day,
      case when f.first_day < s.from_day then f.first_day end as earlier_day
    from organizations o
    cross join lateral (
      select day_from(o.sealed_from, day_rule_of(o)) as from_day, day_from(o.sealed_before, day_rule_of(o)) as before_day
    ) s
    cross join lateral (
      select least((select min(day) from user_days where org_id = ${p.org_id}), (select min(usage_date) from feature_usage where org_id = ${p.org_id})) as first_day
    ) f
    cross join lateral (
      select greatest(${p.sessions_cut}, ${p.messages_cut}, (
        date_trunc('month', ${p.activities_cut}::timestamp)
        + case when extract(day from ${p.activities_cut}) = 1 then '0' else '1 month' end::interval
      )::date) + 2 as day
    ) w
    where o.id = ${p.org_id}`,
);

/** @returns null where there is nothing, or nothing more, to seal */
async function readWanted(tx: Tx, now: Date): Promise<Wanted | null> {
  const { sessions, messages, activities } = await readPolicies(tx, now);
  const [wanted] = await tx.query(
    wantedSeal({
      org_id: tx.org_id,
      sessions_cut: sessions.cut_day,
      messages_cut: messages.cut_day,
      activities_cut: activities.cut_day,
    }),
  );
  const { from_day, day, before_day, earlier_day } = wanted!;
  if (day === null || before_day === null || (day >= before_day && earlier_day === null)) return null;
  return { from_day, day, before_day, earlier_day };
}

const tryLockImports = statement(
  "lifecycle.try_lock_imports",
  { org_id: "int" },
  { held: "boolean" },
  (p) => sql`select pg_try_advisory_xact_lock(${sql.raw(importLock)}, ${p.org_id}) as held`,
);

/** An import holds this lock shared, on a connection of its own (`holdImport`). */
async function isFreeOfImports(tx: Tx): Promise<boolean> {
  const [lock] = await tx.query(tryLockImports({ org_id: tx.org_id }));
  return lock!.held;
}

const quiet = sql.raw(`${quietDays} days`);

const firstObstacle = statement(
  "lifecycle.first_obstacle_of_seal",
  { org_id: "int", now: "timestamptz", from: "date", before: "date", even_dirty: "boolean" },
  { day: "date", reason: "text" },
  (p) => sql`
    select day, reason from (
      select metric_date as day, 'records for it arrived within the last ${quiet}' as reason from daily_metrics
      where org_id = ${p.org_id} and last_record_at > ${p.now} - interval '${quiet}'
      union all
      select day, 'its figures are still being computed' from ops.dirty_log where org_id = ${p.org_id} and not ${p.even_dirty}
      union all
      select greatest(b.from_day, ${p.from}),
        'backfill ' || b.id || case b.status when 'failed' then ' failed: resume it'
          when 'cancelled' then ' was cancelled before every day was one of ' || b.zone || ': resume it' else ' is at work on it' end
      from backfills b where b.org_id = ${p.org_id} and b.to_day >= ${p.from} and (
        b.status in ('queued', 'running') or (b.status = 'failed' or b.status = 'cancelled' and b.zone is not null) and not exists (
          select from backfills later where later.org_id = ${p.org_id} and later.id > b.id and (later.zone is not null
            or later.status = 'done' and later.what = b.what and later.from_day <= b.from_day and later.to_day >= b.to_day)
        ))
    ) o where day >= ${p.from} and day < ${p.before} order by day limit 1`,
);

/** The first of the days [from, before) that can't be final yet. */
async function findObstacle(
  tx: Tx,
  now: Date,
  from: string,
  before: string,
  even_dirty: boolean,
): Promise<Obstacle | null> {
  const [obstacle] = await tx.query(
    firstObstacle({ org_id: tx.org_id, now: now.toISOString(), from, before, even_dirty }),
  );
  return obstacle ?? null;
}

const setSeal = statement(
  "lifecycle.set_seal",
  { org_id: "int", from: "timestamptz?", before: "timestamptz?" },
  {},
  (p) => sql`update organizations set sealed_from = ${p.from}, sealed_before = ${p.before} where id = ${p.org_id}`,
  { plan: "each" },
);

async function storeSeal(tx: Tx, was: Sealed, sealed: Sealed, days: SealedDays): Promise<void> {
  await tx.query(setSeal({ org_id: tx.org_id, ...sealed }));
  await recordAudit(tx, {
    action: "lifecycle.seal",
    object_type: "organization",
    object_id: String(tx.org_id),
    details: { was: was.from === null ? null : was, now: sealed, days },
  });
}
