import { addDays } from "@twin/contracts/dates";
import type { IngestRecord } from "@twin/contracts/ingest";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { createAnnotation } from "@twin/db/figures/annotations/create";
import { isBeingRemoved } from "@twin/db/demonstration/remove";
import { markDemonstrationFilled } from "@twin/db/demonstration/resume";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { readSpan } from "@twin/db/tenancy/organizations/span";
import { acmeOf, worldRecords } from "./acme.ts";
import { dayOf } from "./calendar.ts";
import { annotationsOf } from "./story.ts";
import { type Acme, type Visit, visitEndingAt, visitsOf } from "./visits.ts";

/** The source that the demonstration's external ids belong to. */
const source = "demo";
const batchRecords = 2_000;
const inFlight = 2;
/** How many days come first, and how many next: the Overview's range, and the one before it. */
const firstDays = [29, 58];
/** Longer than any visit: one that began after the latest activity may still end later. */
const overlapMs = 3 * 3_600_000;

/** Organisations that this process is filling; new visits wait for them. */
const filling = new Set<number>();
/** Up to when this process has sent visits, by organisation. */
const told = new Map<number, number>();

async function send(db: Database, actor: Actor, records: IngestRecord[], now: Date): Promise<number> {
  if (records.length === 0) return 0;
  const { accepted, rejected } = await recordBatch(db, actor, { records }, { source, now });
  // People may be erased here, too; what they would have done goes on without them.
  const wrong = rejected.filter(({ code }) => code !== "ERASED");
  if (wrong.length > 0) {
    const [{ index, code, message }] = wrong as [(typeof wrong)[number]];
    throw new Error(`the demonstration holds a wrong record: ${code} ${message} in ${JSON.stringify(records[index])}`);
  }
  return accepted;
}

/** Visits that ended after `after` and not after `until`, day by day. */
function* visitsBetween(acme: Acme, after: number, until: number): Generator<Visit> {
  const last = dayOf(new Date(until));
  // A visit may end on the day after it began.
  for (let day = dayOf(new Date(after - overlapMs)); day <= last; day = addDays(day, 1))
    for (const one of visitsOf(acme, day)) {
      const end = one.endedAt.getTime();
      if (end > after && end <= until) yield one;
    }
}

/** What the first page shows, then what it compares that with, then all before, from its beginning. */
function* visitsUntil(acme: Acme, now: Date): Generator<Visit> {
  const [shown, compared] = firstDays.map((days) => now.getTime() - days * 86_400_000) as [number, number];
  yield* visitsBetween(acme, shown, now.getTime());
  yield* visitsBetween(acme, compared, shown);
  yield* visitsBetween(acme, Date.parse(acme.start), compared);
}

/** Sends visits in batches, some at a time; a visit is never split. */
async function sendVisits(
  db: Database,
  actor: Actor,
  visits: Iterable<Visit>,
  now: Date,
  signal: AbortSignal | undefined,
): Promise<number> {
  let accepted = 0;
  let batch: IngestRecord[] = [];
  const busy = new Set<Promise<void>>();
  const dispatch = async () => {
    const full = batch;
    batch = [];
    while (busy.size >= inFlight) await Promise.race(busy);
    const lane: Promise<void> = send(db, actor, full, now).then((count) => {
      accepted += count;
      busy.delete(lane);
    });
    busy.add(lane);
  };
  try {
    for (const { records } of visits) {
      if (signal?.aborted) return accepted;
      batch.push(...records);
      if (batch.length < batchRecords) continue;
      // Whoever removes it meanwhile waits for this to end.
      if (await isBeingRemoved(db, actor)) return accepted;
      await dispatch();
    }
    await dispatch();
  } finally {
    await Promise.all(busy);
  }
  return accepted;
}

/**
 * Fills the demonstration with what happened at Acme until `now`, the last weeks first; a second time it changes nothing. An abort ends it after
 * the batches in flight.
 * @returns how many records were new
 */
export async function fillDemo(db: Database, actor: Actor, now: Date, signal?: AbortSignal): Promise<number> {
  filling.add(actor.org_id);
  try {
    const filled = dayOf(new Date((await readSpan(db, actor)).created_at));
    const acme = acmeOf(filled);
    if (await isBeingRemoved(db, actor)) return 0;
    const world = await send(db, actor, [...worldRecords(acme, filled)], now);
    for (const one of annotationsOf(acme)) await createAnnotation(db, actor, one, now);
    const visits = await sendVisits(db, actor, visitsUntil(acme, now), now, signal);
    if (!signal?.aborted) {
      told.set(actor.org_id, now.getTime());
      await markDemonstrationFilled(db, actor, now);
    }
    return world + visits;
  } finally {
    filling.delete(actor.org_id);
  }
}

/**
 * Sends what happened at Acme since the last time, also after days without a worker, and sometimes a visit that ends this
 * minute. Does nothing before the demonstration is filled.
 * @returns how many records were new
 */
export async function trickleDemo(db: Database, actor: Actor, now: Date, signal?: AbortSignal): Promise<number> {
  if (filling.has(actor.org_id)) return 0;
  const { created_at, latest_activity_at } = await readSpan(db, actor);
  if (latest_activity_at === null) return 0;
  const acme = acmeOf(dayOf(new Date(created_at)));
  const after = told.get(actor.org_id) ?? Date.parse(latest_activity_at) - overlapMs;
  const extra = visitEndingAt(acme, now);
  const visits = [...visitsBetween(acme, after, now.getTime()), ...(extra ? [extra] : [])];
  const accepted = await sendVisits(db, actor, visits, now, signal);
  if (!signal?.aborted) told.set(actor.org_id, now.getTime());
  return accepted;
}
