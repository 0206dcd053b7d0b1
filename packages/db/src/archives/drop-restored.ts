import type { MonthInput, Restoration } from "@twin/contracts/archives";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { readRestorations } from "./list.ts";
import { idsOfMonth, restorationKey } from "./restore.ts";

/** Activities, or feature events, that one transaction takes away. */
const atOnce = 1_000;

/** Asks for a restored month to go again; a worker does it. The archive stays. @throws NOT_FOUND where it isn't restored */
export function requestDropRestored(db: Database, actor: Actor, { month }: MonthInput): Promise<Restoration> {
  return inTenant(db, actor, async (tx) => {
    if ((await markDropping(tx, [month])).length === 0)
      throw new DomainError("NOT_FOUND", `${month} isn't restored`, { path: "month" });
    await recordAudit(tx, { action: "archive.drop_restored", object_type: "archive", object_id: month });
    return (await readRestorations(tx, month))[0]!;
  });
}

async function markDropping(tx: Tx, months: readonly string[]): Promise<string[]> {
  const marked = await tx.query<{ month: string }>({
    text: `update restorations set status = 'dropping' where org_id = $1 and to_char(month, 'YYYY-MM') = any ($2::text[])
      returning to_char(month, 'YYYY-MM') as month`,
    values: [tx.org_id, months],
  });
  for (const { month } of marked)
    await enqueueWithin(tx, "archives/drop-restored", { org_id: tx.org_id, month }, { key: restorationKey(tx, month) });
  return marked.map(({ month }) => month);
}

/** Queues the drop of restored months whose time is over. @returns how many */
export function expireRestorations(db: Database, actor: Actor, now: Date): Promise<number> {
  return inTenant(db, actor, async (tx) => {
    const over = await tx.query<{ month: string }>({
      text: "select to_char(month, 'YYYY-MM') as month from restorations where org_id = $1 and expires_at <= $2",
      values: [tx.org_id, now.toISOString()],
    });
    return (
      await markDropping(
        tx,
        over.map(({ month }) => month),
      )
    ).length;
  });
}

/**
 * Takes the rows of a restored month away, in bounded transactions, and then the note that it was restored. Stopped, it
 * goes on when it is run again.
 * @returns activities and feature events that went
 */
export async function dropRestored(
  db: Database,
  actor: Actor,
  { month, signal }: MonthInput & { signal?: AbortSignal },
): Promise<number> {
  let rows = 0;
  for (const table of ["activities", "feature_events"]) {
    for (let gone = atOnce; gone === atOnce;) {
      signal?.throwIfAborted();
      gone = await inTenant(db, actor, async (tx) => {
        const deleted = await tx.query({
          text: `delete from restored.${table} where org_id = $1 and id = any (array(
              select id from restored.${table} where org_id = $1 and ${idsOfMonth("id")} order by id limit ${atOnce}
            )) returning 1`,
          values: [tx.org_id, month],
        });
        return deleted.length;
      });
      rows += gone;
    }
  }
  await inTenant(db, actor, (tx) =>
    tx.query({
      text: "delete from restorations where org_id = $1 and month = ($2 || '-01')::date and status = 'dropping'",
      values: [tx.org_id, month],
    }),
  );
  return rows;
}
