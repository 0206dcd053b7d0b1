import type { MonthInput, Restoration } from "@twin/contracts/archives";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { DomainError } from "../tenancy/errors.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { readRestorations } from "./list.ts";
import { idsOfMonth, restorationKey } from "./restore.ts";

/** Activities, or feature events, that one transaction deletes. */
const atOnce = 1_000;

/** Asks to delete a restored month; a worker does it. The archive stays. @throws NOT_FOUND where it isn't restored */
export function requestDropRestored(db: Database, actor: Actor, { month }: MonthInput): Promise<Restoration> {
  return inTenant(db, actor, async (tx) => {
    if ((await markDropping(tx, [month])).length === 0)
      throw new DomainError("NOT_FOUND", `${month} isn't restored`, { path: "month" });
    await recordAudit(tx, { action: "archive.drop_restored", object_type: "archive", object_id: month });
    return (await readRestorations(tx, month))[0]!;
  });
}

const markMonths = statement(
  "archives.mark_dropping",
  { org_id: "int", months: "text[]" },
  { month: "text" },
  (p) => sql`
    update restorations set status = 'dropping' where org_id = ${p.org_id} and to_char(month, 'YYYY-MM') = any (${p.months})
    returning to_char(month, 'YYYY-MM') as month`,
  { plan: "each" },
);

async function markDropping(tx: Tx, months: readonly string[]): Promise<string[]> {
  const marked = await tx.query(markMonths({ org_id: tx.org_id, months }));
  for (const { month } of marked)
    await enqueueWithin(tx, "archives/drop-restored", { org_id: tx.org_id, month }, { key: restorationKey(tx, month) });
  return marked.map(({ month }) => month);
}

const overMonths = statement(
  "archives.months_over",
  { org_id: "int", now: "timestamptz" },
  { month: "text" },
  (p) =>
    sql`select to_char(month, 'YYYY-MM') as month from restorations where org_id = ${p.org_id} and expires_at <= ${p.now}`,
  { plan: "each" },
);

/** Queues the drop of restored months whose time is over. @returns how many */
export function expireRestorations(db: Database, actor: Actor, now: Date): Promise<number> {
  return inTenant(db, actor, async (tx) => {
    const over = await tx.query(overMonths({ org_id: tx.org_id, now: now.toISOString() }));
    return (
      await markDropping(
        tx,
        over.map(({ month }) => month),
      )
    ).length;
  });
}

const drops = ["activities", "feature_events"].map((table) =>
  statement(
    `archives.drop_restored_${table}`,
    { org_id: "int", month: "text" },
    { gone: "int" },
    (p) => sql`
      delete from restored.${sql.raw(table)} where org_id = ${p.org_id} and id = any (array(
        select id from restored.${sql.raw(table)}
        where org_id = ${p.org_id} and ${idsOfMonth(sql`id`, p.month)} order by id limit ${sql.raw(String(atOnce))}
      )) returning 1 as gone`,
    { plan: "each" },
  ),
);

const deleteRestoration = statement(
  "archives.delete_restoration",
  { org_id: "int", month: "text" },
  {},
  (p) =>
    sql`delete from restorations where org_id = ${p.org_id} and month = (${p.month} || '-01')::date and status = 'dropping'`,
  { plan: "each" },
);

/**
 * Deletes the rows of a restored month in bounded transactions, then the note that it was restored. When stopped, the next
 * run continues.
 * @returns how many activities and feature events were deleted
 */
export async function dropRestored(
  db: Database,
  actor: Actor,
  { month, signal }: MonthInput & { signal?: AbortSignal },
): Promise<number> {
  let rows = 0;
  for (const drop of drops) {
    for (let gone = atOnce; gone === atOnce;) {
      signal?.throwIfAborted();
      gone = await inTenant(db, actor, async (tx) => {
        const deleted = await tx.query(drop({ org_id: tx.org_id, month }));
        return deleted.length;
      });
      rows += gone;
    }
  }
  await inTenant(db, actor, (tx) => tx.query(deleteRestoration({ org_id: tx.org_id, month })));
  return rows;
}
