import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { makeExportKey, sealChunk } from "./sealed.ts";

/** Bytes of a chunk: what is in memory at once, beside the zip's own window. */
const chunkBytes = 256 * 1024;

const retryExport = statement(
  "privacy.retry_export",
  { org_id: "int", id: "uuid" },
  {},
  (p) => sql`update exports set status = 'queued' where org_id = ${p.org_id} and id = ${p.id} and status = 'failed'`,
  { plan: "each" },
);

/** Queues a failed export again. @returns whose it is; null where it is no longer wanted, or the person is being erased */
export async function reopenExport(db: Database, actor: Actor, id: string): Promise<string | null> {
  return inTenant(db, actor, async (tx) => {
    await tx.query(retryExport({ org_id: tx.org_id, id }));
    return (await wanted(tx, id))?.user_id ?? null;
  });
}

const wantedExport = statement(
  "privacy.wanted_export",
  { org_id: "int", id: "uuid" },
  { user_id: "uuid" },
  (p) => sql`
    select user_id from exports x where org_id = ${p.org_id} and id = ${p.id} and status = 'queued'
    and not exists (select from erasures e where e.org_id = ${p.org_id} and e.user_id = x.user_id and e.status in ('erasing', 'erased'))
    for update`,
  { plan: "each" },
);

async function wanted(tx: Tx, id: string): Promise<{ user_id: string } | undefined> {
  const [row] = await tx.query(wantedExport({ org_id: tx.org_id, id }));
  return row;
}

type StoreOptions = {
  now: () => Date;
  /** Ends the work after the current chunk. */
  signal: AbortSignal;
  /** Called at each place where a crash would leave something half-done, as `noun:done`; tests kill there. */
  reached: (place: string) => void | Promise<void>;
};

export const deleteChunks = statement(
  "privacy.delete_chunks",
  { org_id: "int", id: "uuid" },
  {},
  (p) => sql`delete from export_chunks where org_id = ${p.org_id} and export_id = ${p.id}`,
  { plan: "each" },
);

const insertChunk = statement(
  "privacy.insert_export_chunk",
  { org_id: "int", id: "uuid", seq: "int", sealed: "bytea" },
  {},
  (p) =>
    sql`insert into export_chunks (org_id, export_id, seq, sealed) values (${p.org_id}, ${p.id}, ${p.seq}, ${p.sealed})`,
);

const finishExport = statement(
  "privacy.finish_export",
  { org_id: "int", id: "uuid", wrapped: "bytea", bytes: "bigint", now: "timestamptz" },
  {},
  (p) =>
    sql`update exports set status = 'ready', error = null, wrapped = ${p.wrapped}, bytes = ${p.bytes}, ready_at = ${p.now} where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/**
 * Stores a zip as it comes, encrypted chunk by chunk, each in a transaction of its own; chunks of a killed run are
 * overwritten. At the end it is ready to be fetched.
 * @returns its bytes, or null where it is no longer wanted
 */
export async function storeExport(
  db: Database,
  actor: Actor,
  id: string,
  zip: AsyncIterable<Buffer>,
  { now, signal, reached }: StoreOptions,
): Promise<number | null> {
  const { org_id } = actor;
  const { key, wrapped } = makeExportKey(db, org_id, id);
  let [seq, bytes] = [0, 0];
  const write = (chunk: Buffer, isLast: boolean) =>
    inTenant(db, actor, async (tx) => {
      if (!(await wanted(tx, id))) return false;
      if (seq === 0) await tx.query(deleteChunks({ org_id, id }));
      await tx.query(insertChunk({ org_id, id, seq, sealed: sealChunk(key, org_id, id, seq, isLast, chunk) }));
      await reached("export:chunk-written");
      if (!isLast) return true;
      await tx.query(finishExport({ org_id, id, wrapped, bytes, now: now().toISOString() }));
      await recordAudit(tx, { action: "user.export", object_type: "export", object_id: id, details: { bytes } });
      await reached("export:made");
      return true;
    });
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const part of zip) {
    waiting.push(part);
    waitingBytes += part.length;
    bytes += part.length;
    if (waitingBytes < chunkBytes) continue;
    signal.throwIfAborted();
    if (!(await write(Buffer.concat(waiting), false))) return null;
    await reached("export:chunk-stored");
    seq++;
    [waiting, waitingBytes] = [[], 0];
  }
  const isStored = await write(Buffer.concat(waiting), true);
  await reached("export:stored");
  return isStored ? bytes : null;
}
