import type { Backfill, BackfillRange } from "@twin/contracts/backfills";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { enqueueWithin } from "../../jobs/enqueue.ts";
import { type PlannedChunk, planChunks } from "./plan.ts";
import { readBackfill } from "./progress.ts";

/**
 * Begins a backfill: its chunks are written down and the first one is queued, behind all that is live. Who asks for
 * exactly what is at work already joins that.
 * @throws DomainError BAD_REQUEST for future days; CONFLICT for sealed days and for days that another backfill is at work
 *   on: all or nothing, and with the reason
 */
export function startBackfill(
  db: Database,
  actor: Actor,
  input: BackfillRange,
  now: Date = new Date(),
): Promise<Backfill> {
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

/**
 * Writes a backfill and its chunks down and queues the first one; the caller has seen to it that it may.
 * @param zone whose days it brings in; null where the zone stays as it is
 */
export async function createBackfill(
  tx: Tx,
  actor: Actor,
  input: BackfillRange,
  chunks: readonly PlannedChunk[],
  zone: string | null = null,
): Promise<Backfill> {
  const [made] = await tx.query<{ id: number }>({
    text: `insert into backfills (org_id, what, from_day, to_day, started_by, zone, created_at, moved_at)
      select $1, $2, $3, $4, $5, $6, at, at from clock_timestamp() at returning id`,
    values: [tx.org_id, input.what, input.from, input.to, actor.kind === "system" ? actor.job : actor.name, zone],
  });
  const { id } = made!;
  await tx.query({
    text: `insert into backfill_chunks (org_id, backfill_id, chunk, from_day, to_day, raw_rows)
      select $1, $2, c.chunk, c.from_day, c.to_day, c.raw_rows
      from unnest($3::date[], $4::date[], $5::bigint[]) with ordinality c (from_day, to_day, raw_rows, chunk)`,
    values: [
      tx.org_id,
      id,
      chunks.map((chunk) => chunk.from),
      chunks.map((chunk) => chunk.to),
      chunks.map((chunk) => chunk.raw_rows),
    ],
  });
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

/** Of two that begin or resume at once the second waits, and then sees the first. */
export async function lockBackfills(tx: Tx): Promise<void> {
  await tx.query({
    text: "select pg_advisory_xact_lock(hashtext('twin: backfills'), $1) is null as locked",
    values: [tx.org_id],
  });
}

type Busy = { id: number; what: string; from: string; to: string };

/** A backfill at work on some of these days, other than `except`. */
export async function findOverlap(
  tx: Tx,
  { from, to }: { from: string; to: string },
  except: number | null = null,
): Promise<Busy | undefined> {
  const [busy] = await tx.query<Busy>({
    text: `select id, what, from_day as "from", to_day as "to" from backfills
      where org_id = $1 and status in ('queued', 'running') and from_day <= $3 and to_day >= $2 and id is distinct from $4
      order by id limit 1`,
    values: [tx.org_id, from, to, except],
  });
  return busy;
}

/** What whoever comes second is told. */
export const overlap = ({ id, what, from, to }: Busy): DomainError =>
  new DomainError(
    "CONFLICT",
    `backfill ${id} (${what}, ${from} to ${to}) is at work on some of these days: wait for it or cancel it`,
  );
