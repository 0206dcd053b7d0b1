import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { makeExportKey, sealChunk } from "./sealed.ts";

/** Bytes of a chunk: what is in memory at once, beside the zip's own window. */
const chunkBytes = 256 * 1024;

/** Whose export is to be made, also after it failed; null where it is no longer wanted, or the person is being erased. */
export async function findExport(db: Database, actor: Actor, id: string): Promise<string | null> {
  return inTenant(db, actor, async (tx) => {
    await tx.query({
      text: "update exports set status = 'queued' where org_id = $1 and id = $2 and status = 'failed'",
      values: [tx.org_id, id],
    });
    return (await wanted(tx, id))?.user_id ?? null;
  });
}

async function wanted(tx: Tx, id: string): Promise<{ user_id: string } | undefined> {
  const [row] = await tx.query<{ user_id: string }>({
    text: `select user_id from exports x where org_id = $1 and id = $2 and status = 'queued'
      and not exists (select from erasures e where e.org_id = $1 and e.user_id = x.user_id and e.status in ('erasing', 'erased'))
      for update`,
    values: [tx.org_id, id],
  });
  return row;
}

type StoreOptions = {
  now: () => Date;
  /** Ends the work after the chunk that is being stored. */
  signal: AbortSignal;
  /** Told of each place where a fault would leave something half-way, as `noun:done`; for tests that kill there. */
  reached: (place: string) => void | Promise<void>;
};

/**
 * Stores a zip as it comes, sealed chunk by chunk, each in a transaction of its own; what a killed run left is written
 * over. At the end it is ready to be fetched.
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
      if (seq === 0)
        await tx.query({
          text: "delete from export_chunks where org_id = $1 and export_id = $2",
          values: [org_id, id],
        });
      await tx.query({
        name: "insert_export_chunk",
        text: "insert into export_chunks (org_id, export_id, seq, sealed) values ($1, $2, $3, $4)",
        values: [org_id, id, seq, sealChunk(key, org_id, id, seq, isLast, chunk)],
      });
      await reached("export:chunk-written");
      if (!isLast) return true;
      await tx.query({
        text: "update exports set status = 'ready', error = null, wrapped = $3, bytes = $4, ready_at = $5 where org_id = $1 and id = $2",
        values: [org_id, id, wrapped, bytes, now().toISOString()],
      });
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
