import type { VerifyInput } from "@twin/contracts/archives";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { DomainError } from "../tenancy/errors.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { type Archive, DamagedFile } from "./files.ts";
import { readArchivedMonths } from "./list.ts";
import { verifyPart } from "./verify-part.ts";

/** The error for a month that isn't archived, naming the field. */
export const notArchived = (month: string): DomainError =>
  new DomainError("NOT_FOUND", `nothing of ${month} is archived`, { path: "month" });

/** Queues the reading back of every file, of one month or of all. */
export function requestVerify(db: Database, actor: Actor, { month }: VerifyInput): Promise<{ months: number }> {
  return inTenant(db, actor, async (tx) => {
    const months = await readArchivedMonths(tx, month === undefined ? null : { from: month, to: month });
    if (month !== undefined && months.length === 0) throw notArchived(month);
    if (months.length === 0) return { months: 0 };
    await recordAudit(tx, {
      action: "archive.verify",
      object_type: "archive",
      ...(month && { object_id: month }),
    });
    const payload = { org_id: tx.org_id, ...(month !== undefined && { month }) };
    await enqueueWithin(tx, "archives/verify", payload, { key: `archive-verify:${tx.org_id}:${month ?? "all"}` });
    return { months: months.length };
  });
}

type StoredPart = { month: string; seq: number; manifest_sha256: string; row_count: number };

const storedParts = statement(
  "archives.parts",
  { org_id: "int", month: "text?" },
  { month: "date", seq: "int", manifest_sha256: "text", row_count: "bigint" },
  (p) => sql`
    select month, seq, manifest_sha256, row_count from archive_parts
    where org_id = ${p.org_id} and status in ('purging', 'purged') and (${p.month} is null or month = (${p.month} || '-01')::date) order by month, seq`,
  { plan: "each" },
);

/** The parts of archived months whose files are complete, in order; of one month, `YYYY-MM`, or of all. */
export const readParts = (tx: Tx, month: string | null): Promise<StoredPart[]> =>
  tx.query(storedParts({ org_id: tx.org_id, month }));

/** What was found when a part was read back; `damage` names the first damaged file. */
export type Verified = { month: string; seq: number; rows: number; damage: string | null };

const storeCheck = statement(
  "archives.store_check",
  { org_id: "int", month: "date", seq: "int", damage: "text?", now: "timestamptz" },
  {},
  (p) =>
    sql`update archive_parts set damage = ${p.damage}, checked_at = ${p.now} where org_id = ${p.org_id} and month = ${p.month} and seq = ${p.seq}`,
  { plan: "each" },
);

/** Reads every file of the archived months back (SHA-256, rows, content), part by part, and stores what was found. */
export async function* verifyArchives(
  db: Database,
  actor: Actor,
  archive: Archive,
  { month, now, signal }: { month?: string | undefined; now: Date; signal?: AbortSignal },
): AsyncGenerator<Verified> {
  for (const part of await inTenant(db, actor, (tx) => readParts(tx, month ?? null))) {
    signal?.throwIfAborted();
    const damage = await verifyPart(archive, actor.org_id, part).then(
      () => null,
      (error: unknown) => {
        if (error instanceof DamagedFile) return error.message;
        throw error;
      },
    );
    await inTenant(db, actor, (tx) =>
      tx.query(storeCheck({ org_id: tx.org_id, month: part.month, seq: part.seq, damage, now: now.toISOString() })),
    );
    yield { month: part.month.slice(0, 7), seq: part.seq, rows: part.row_count, damage };
  }
}
