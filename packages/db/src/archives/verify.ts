import type { VerifyInput } from "@twin/contracts/archives";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { type Archive, DamagedFile } from "./files.ts";
import { readArchivedMonths } from "./list.ts";
import { verifyPart } from "./verify-part.ts";

/** @throws NOT_FOUND, naming the field */
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

export const readParts = (tx: Tx, month: string | null): Promise<StoredPart[]> =>
  tx.query<StoredPart>({
    text: `select month, seq, manifest_sha256, row_count from archive_parts
      where org_id = $1 and status in ('purging', 'purged') and ($2::text is null or month = ($2 || '-01')::date) order by month, seq`,
    values: [tx.org_id, month],
  });

/** What came of reading a part back; `damage` names the first file that isn't what it has to be. */
export type Verified = { month: string; seq: number; rows: number; damage: string | null };

/**
 * Reads every file of the archived months back (SHA-256, rows, content), part by part, and writes down what came of it.
 */
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
      tx.query({
        text: "update archive_parts set damage = $4, checked_at = $5 where org_id = $1 and month = $2 and seq = $3",
        values: [tx.org_id, part.month, part.seq, damage, now.toISOString()],
      }),
    );
    yield { month: part.month.slice(0, 7), seq: part.seq, rows: part.row_count, damage };
  }
}
