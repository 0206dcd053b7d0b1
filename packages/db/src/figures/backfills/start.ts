import type { Backfill, BackfillRange } from "@twin/contracts/backfills";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { enqueueWithin } from "../../jobs/enqueue.ts";
import { type PlannedChunk, planChunks } from "./plan.ts";
import { readBackfill } from "./progress.ts";

/**
 * Begins a backfill: stores its chunks and queues the first one, behind all live jobs. Where exactly this backfill is at
 * work already, that one is returned.
 * @throws DomainError BAD_REQUEST for future days; CONFLICT for sealed days and for days that another backfill is at work
 *   on: all or nothing, and with the reason
 */
export function startBackfill(db: Database, actor: Actor, input: BackfillRange, now: Date): Promise<Backfill> {
  return inTenant(db, actor, async (tx) => {
    await lockBackfills(tx);
    const busy = await findOverlap(tx, input);
    if (busy && busy.what === input.what && busy.from === input.from && busy.to === input.to) {
      return readBackfill(tx, busy.id);
    }
    if (busy) throw overlap(busy);
    const { chunks, refused } = await planChunks(tx, input, now);
    for (const { from, to, reason } of refused) {
      const isFuture = reason.startsWith("in the future");
      throw new DomainError(
        isFuture ? "BAD_REQUEST" : "CONFLICT",
        `${from} to ${to} can't be computed anew: ${reason}`,
        {
          path: isFuture || from > input.from ? "to" : "from",
        },
      );
    }
    return createBackfill(tx, actor, input, chunks);
  });
}

const insertBackfill = statement(
  "figures.insert_backfill",
  { org_id: "int", what: "text", from: "date", to: "date", started_by: "text", zone: "text?" },
  { id: "bigint" },
  (p) => sql`
    insert into backfills (org_id, what, from_day, to_day, started_by, zone, created_at, moved_at)
    select ${p.org_id}, ${p.what}, ${p.from}, ${p.to}, ${p.started_by}, ${p.zone}, at, at from clock_timestamp() at returning id`,
  { plan: "each" },
);

const insertChunks = statement(
  "figures.insert_chunks",
  { org_id: "int", backfill_id: "bigint", from: "date[]", to: "date[]", raw_rows: "bigint[]" },
  {},
  (p) => sql`
    insert into backfill_chunks (org_id, backfill_id, chunk, from_day, to_day, raw_rows)
    select ${p.org_id}, ${p.backfill_id}, c.chunk, c.from_day, c.to_day, c.raw_rows
    from unnest(${p.from}, ${p.to}, ${p.raw_rows}) with ordinality c (from_day, to_day, raw_rows, chunk)`,
  { plan: "each" },
);

/**
 * Stores a backfill and its chunks and queues the first one; the caller has checked that it is allowed.
 * @param zone whose days it computes; null where the zone stays as it is
 */
export async function createBackfill(
  tx: Tx,
  actor: Actor,
  input: BackfillRange,
  chunks: readonly PlannedChunk[],
  zone: string | null = null,
): Promise<Backfill> {
  const [made] = await tx.query(
    insertBackfill({
      org_id: tx.org_id,
      what: input.what,
      from: input.from,
      to: input.to,
      started_by: actor.kind === "system" ? actor.job : actor.name,
      zone,
    }),
  );
  const { id } = made!;
  await tx.query(
    insertChunks({
      org_id: tx.org_id,
      backfill_id: id,
      from: chunks.map((chunk) => chunk.from),
      to: chunks.map((chunk) => chunk.to),
      raw_rows: chunks.map((chunk) => chunk.raw_rows),
    }),
  );
  await recordAudit(tx, {
    action: "backfill.start",
    object_type: "backfill",
    object_id: String(id),
    details: input,
  });
  await queueChunk(tx, id);
  return readBackfill(tx, id);
}

/** Queues the next chunk of a backfill; one job a backfill waits at a time. */
export const queueChunk = (tx: Tx, backfill_id: number, delayMs = 0): Promise<void> =>
  enqueueWithin(
    tx,
    "backfills/chunk",
    { org_id: tx.org_id, backfill_id },
    { key: `backfill:${tx.org_id}:${backfill_id}`, delayMs },
  );

const waitForBackfills = statement(
  "figures.lock_backfills",
  { org_id: "int" },
  { locked: "boolean" },
  (p) => sql`select pg_advisory_xact_lock(hashtext('twin: backfills'), ${p.org_id}) is null as locked`,
  { plan: "each" },
);

/** Of two that begin or resume at once the second waits, and then sees the first. */
export async function lockBackfills(tx: Tx): Promise<void> {
  await tx.query(waitForBackfills({ org_id: tx.org_id }));
}

type Busy = { id: number; what: string; from: string; to: string };

const overlapping = statement(
  "figures.overlapping_backfill",
  { org_id: "int", from: "date", to: "date", except: "bigint?" },
  { id: "bigint", what: "text", from: "date", to: "date" },
  (p) => sql`
    select id, what, from_day as "from", to_day as "to" from backfills
    where org_id = ${p.org_id} and status in ('queued', 'running') and from_day <= ${p.to} and to_day >= ${p.from} and id is distinct from ${p.except}
    order by id limit 1`,
  { plan: "each" },
);

/** A backfill at work on some of these days, other than `except`. */
export async function findOverlap(
  tx: Tx,
  { from, to }: { from: string; to: string },
  except: number | null = null,
): Promise<Busy | undefined> {
  const [busy] = await tx.query(overlapping({ org_id: tx.org_id, from, to, except }));
  return busy;
}

/** The error for a backfill of days that another one is at work on. */
export const overlap = ({ id, what, from, to }: Busy): DomainError =>
  new DomainError(
    "CONFLICT",
    `backfill ${id} (${what}, ${from} to ${to}) is at work on some of these days: wait for it or cancel it`,
  );
