import { limits } from "@twin/contracts/vocabulary";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import type { Parsed } from "./parse.ts";

const known = new WeakMap<object, Set<string>>();
const earliest = "1970-01";

/** A batch needs more months than are made while it waits: a job makes them. Nothing of the batch was stored. */
export class MonthsBeingMade extends DomainError {
  readonly retry_after_seconds = 10;
  constructor(months: number) {
    super(
      "MONTHS_BEING_MADE",
      `nothing was stored: this batch needs ${months} months that nobody had records in; they are being made, send it again in 10 seconds`,
    );
  }
}

/** An organisation has asked for all the new months that it may in a day. Nothing of the batch was stored. */
export class MonthsSpent extends DomainError {
  readonly retry_after_seconds: number;
  readonly limit = limits.newMonthsADay;
  constructor(now: Date) {
    super(
      "TOO_MANY_REQUESTS",
      `nothing was stored: an organisation's keys may ask for ${limits.newMonthsADay} months a day that nobody had records in: send it again tomorrow (UTC), or use twinctl import`,
    );
    this.retry_after_seconds = Math.ceil((86_400_000 - (now.getTime() % 86_400_000)) / 1_000);
  }
}

/**
 * Makes the partitions that a batch needs, each in a transaction of its own: made inside the batch's, two batches would
 * deadlock. Months of records that will be refused anyway aren't made. Jobs and operators get as many as they need; callers
 * over HTTP get a few at once and some a day, because each month is eight tables for everyone.
 * @throws MonthsBeingMade, MonthsSpent
 */
export async function ensureMonths(db: Database, actor: Actor, parsed: Parsed, now: Date): Promise<void> {
  const made = known.get(db.pool) ?? new Set();
  known.set(db.pool, made);
  const ahead = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 7);
  const wanted = monthsOf(parsed)
    .filter((month) => month >= earliest && month <= ahead && !made.has(month))
    .sort();
  if (wanted.length === 0) return;
  const needed = await inTenant(db, actor, (tx) => readNeeded(tx, wanted));
  const missing = needed.filter(({ is_missing }) => is_missing).map(({ month }) => month);
  if (actor.kind !== "system" && missing.length > 0) await askForMonths(db, actor, missing, now);
  await makeMonths(db, actor, missing);
  for (const { month } of needed) made.add(month);
}

/** The months that a batch has records in, as YYYY-MM. */
function monthsOf({ sessions, activities, messages, features }: Parsed): string[] {
  const months = new Set([...sessions, ...activities].map(({ record }) => record.started_at.slice(0, 7)));
  for (const { record } of features) months.add(record.used_at.slice(0, 7));
  // A message lies in its conversation's month, but a session may be derived from it in its own.
  for (const entry of messages) months.add(entry.record.created_at.slice(0, 7));
  for (const activity of activities)
    for (const { record } of activity.messages) months.add(record.created_at.slice(0, 7));
  return [...months];
}

/** Those of these months that lie within the organisation's history, and whether they are still to be made. */
const readNeeded = (tx: Tx, months: readonly string[]) =>
  tx.query<{ month: string; is_missing: boolean }>({
    name: "read_needed_months",
    text: `select to_char(w.month, 'YYYY-MM') as month, m.month is not null as is_missing
      from organizations o cross join unnest($2::date[]) w(month)
      left join months_missing($2::date[]) m(month) on m.month = w.month
      where o.id = $1 and w.month >= date_trunc('month', o.history_from at time zone 'UTC') order by w.month`,
    values: [tx.org_id, months.map((month) => `${month}-01`)],
  });

/** Counts months that are to be made for an organisation. @throws MonthsBeingMade, MonthsSpent */
async function askForMonths(db: Database, actor: Actor, missing: readonly string[], now: Date): Promise<void> {
  const isMany = missing.length > limits.newMonthsAtOnce;
  const refused = await inTenant(db, actor, async (tx) => {
    // Batches count one after the other: otherwise two could take the last months.
    await tx.query({ text: "select pg_advisory_xact_lock(hashtext('twin: months asked'), $1)", values: [tx.org_id] });
    const today = now.toISOString().slice(0, 10);
    const asked = await tx.query<{ month: string }>({
      text: "select to_char(month, 'YYYY-MM') as month from months_asked where org_id = $1 and asked_on = $2",
      values: [tx.org_id, today],
    });
    const before = new Set(asked.map(({ month }) => month));
    const fresh = missing.filter((month) => !before.has(month));
    const left = Math.max(0, limits.newMonthsADay - before.size);
    if (fresh.length > left && (!isMany || (left === 0 && fresh.length === missing.length)))
      return new MonthsSpent(now);
    await tx.query({
      text: `insert into months_asked (org_id, month, asked_on) select $1, m, $3 from unnest($2::date[]) m
        on conflict (org_id, month) do update set asked_on = excluded.asked_on`,
      values: [tx.org_id, fresh.slice(0, left).map((month) => `${month}-01`), today],
    });
    if (!isMany) return null;
    await tx.query({
      text: "select enqueue_job('partitions/make', json_build_object('org_id', $1::int), 'months:' || $1::int)",
      values: [tx.org_id],
    });
    return new MonthsBeingMade(missing.length);
  });
  if (refused) throw refused;
}

async function makeMonths(db: Database, actor: Actor, months: readonly string[]): Promise<void> {
  for (const month of months)
    await inTenant(db, actor, (tx) => tx.query({ text: "select ensure_month($1::date)", values: [`${month}-01`] }));
}

/** Makes the months that an organisation has asked for lately. @returns how many were missing */
export async function makeAskedMonths(db: Database, actor: Actor, now: Date): Promise<number> {
  const missing = await inTenant(db, actor, (tx) =>
    tx.query<{ month: string }>({
      text: `select to_char(m, 'YYYY-MM') as month from months_missing(
          array(select month from months_asked where org_id = $1 and asked_on >= $2::date - 1)) m`,
      values: [tx.org_id, now.toISOString().slice(0, 10)],
    }),
  );
  await makeMonths(
    db,
    actor,
    missing.map(({ month }) => month),
  );
  return missing.length;
}

/** Forgets which months are known to exist: one was dropped meanwhile. */
export const forgetMonths = (db: Database): void => void known.delete(db.pool);
