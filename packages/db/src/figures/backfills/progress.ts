import { setTimeout as sleep } from "node:timers/promises";
import type { Backfill, BackfillId } from "@twin/contracts/backfills";
import type { BackfillKind } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { dayWeight } from "./plan.ts";

/** Milliseconds between two looks of a stream; a chunk takes about as long. */
const lookMs = 400;

const weight = sql`(c.raw_rows + ${sql.raw(String(dayWeight))} * (c.to_day - c.from_day + 1))`;

export const backfillRow = {
  id: "bigint",
  what: only<BackfillKind>("text"),
  from: "date",
  to: "date",
  status: only<Backfill["status"]>("text"),
  started_by: "text",
  created_at: "timestamptz",
  finished_at: "timestamptz?",
  days_total: "int",
  days_done: "int",
  days_skipped: "int",
  changed: "int",
  error: "text?",
  rate: "float8?",
  eta_seconds: "float8?",
} as const;

/** Backfills `b` as the contract shows them; what follows is a condition. */
export const shownBackfills = (org_id: SQL): SQL => sql`
  select b.id, b.what, b.from_day as "from", b.to_day as "to", b.status, b.started_by, b.created_at, b.finished_at,
    c.days_total, c.days_done, c.days_skipped, c.changed, b.error,
    c.days_done / nullif(c.seconds, 0) as rate,
    case when b.status = 'done' then 0 when b.status in ('queued', 'running') then c.weight_left * c.seconds / nullif(c.weight_done, 0) end as eta_seconds
  from backfills b cross join lateral (
    select coalesce(sum(c.to_day - c.from_day + 1), 0)::int as days_total,
      coalesce(sum(c.to_day - c.from_day + 1) filter (where c.done_at is not null), 0)::int as days_done,
      coalesce(sum(c.days_skipped), 0)::int as days_skipped, coalesce(sum(c.changes), 0)::int as changed, sum(c.seconds) as seconds,
      coalesce(sum(${weight}) filter (where c.done_at is not null), 0)::float8 as weight_done,
      coalesce(sum(${weight}) filter (where c.done_at is null), 0)::float8 as weight_left
    from backfill_chunks c where c.org_id = b.org_id and c.backfill_id = b.id
  ) c
  where b.org_id = ${org_id}`;

const backfill = statement(
  "figures.backfill",
  { org_id: "int", id: "bigint" },
  backfillRow,
  (p) => sql`${shownBackfills(p.org_id)} and b.id = ${p.id}`,
);

/** A backfill of the transaction's organisation. @throws DomainError NOT_FOUND */
export async function readBackfill(tx: Tx, id: number): Promise<Backfill> {
  const [found] = await tx.query(backfill({ org_id: tx.org_id, id }));
  if (!found) throw new DomainError("NOT_FOUND", `there is no backfill ${id} here`, { path: "id" });
  return found;
}

/** A backfill as it stands. @throws DomainError NOT_FOUND */
export const getBackfill = (db: Database, actor: Actor, { id }: BackfillId): Promise<Backfill> =>
  inTenant(db, actor, (tx) => readBackfill(tx, id));

/** The name of a state: the same state has the same one after a restart. */
export const stateOf = ({ id, status, days_done }: Backfill): string => `${id}:${status}:${days_done}`;

/**
 * A backfill as it stands: now, and after each change, until it has ended or the signal is aborted.
 * @throws DomainError NOT_FOUND
 */
export async function* watchBackfill(
  db: Database,
  actor: Actor,
  input: BackfillId,
  signal: AbortSignal,
): AsyncGenerator<Backfill> {
  let shown: string | null = null;
  while (!signal.aborted) {
    const backfill = await getBackfill(db, actor, input);
    if (stateOf(backfill) !== shown) yield backfill;
    shown = stateOf(backfill);
    if (!isAtWork(backfill)) return;
    await sleep(lookMs, undefined, { signal }).catch(() => {});
  }
}

/** Whether its state may still change by itself. */
export const isAtWork = ({ status }: Pick<Backfill, "status">): boolean => status === "queued" || status === "running";
