import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { requesterOf } from "./request.ts";
import { openChunk, openExportKey } from "./sealed.ts";

/** A download that broke off may be begun again after so long. */
const claimMinutes = 10;

/**
 * Hands an export to the one who asked for it, once: what was sent to its end is deleted. The fetching is audited before
 * the first byte.
 * @throws NOT_FOUND, also for somebody else's; CONFLICT while it is being made, or fetched elsewhere; or where it is gone
 */
export async function fetchExport(
  db: Database,
  actor: Actor,
  id: string,
  now = new Date(),
): Promise<{ bytes: number; chunks: AsyncGenerator<Buffer> }> {
  const { org_id } = actor;
  const claimed = await inTenant(db, actor, async (tx) => {
    const [row] = await tx.query<{
      status: string;
      user_id: string;
      bytes: number;
      wrapped: Buffer;
      error: string | null;
      is_free: boolean;
      last: number;
    }>({
      text: `select x.user_id, x.bytes, x.wrapped, x.error, case when x.status = 'ready' and x.expires_at < $4 then 'expired' else x.status end as status,
          coalesce(x.claimed_at < $4::timestamptz - interval '${claimMinutes} minutes', true) as is_free,
          (select max(seq) from export_chunks c where c.org_id = $1 and c.export_id = $2) as last
        from exports x where x.org_id = $1 and x.id = $2 and x.requested_by = $3 for update`,
      values: [org_id, id, requesterOf(actor), now.toISOString()],
    });
    if (!row)
      throw new DomainError("NOT_FOUND", "there is no such export, or somebody else asked for it", { path: "id" });
    const refusal = {
      queued: "the export is still being made",
      failed: `the export could not be made: ${row.error ?? "its job was lost"}. Ask for it again`,
      expired: "the export was not fetched in time: ask for it again",
      fetched: "the export was fetched, which works once: ask for it again",
      ready: row.is_free ? null : "the export is being fetched",
    }[row.status];
    if (refusal) throw new DomainError("CONFLICT", refusal, { path: "id" });
    await tx.query({
      text: "update exports set claimed_at = $3 where org_id = $1 and id = $2",
      values: [org_id, id, now.toISOString()],
    });
    await recordAudit(tx, {
      action: "user.fetch_export",
      object_type: "user",
      object_id: row.user_id,
      details: { export: id },
    });
    return row;
  });
  const key = openExportKey(db, org_id, id, claimed.wrapped);
  async function* chunks(): AsyncGenerator<Buffer> {
    let isWhole = false;
    try {
      for (let seq = 0; seq <= claimed.last; seq++) {
        const [chunk] = await inTenant(db, actor, (tx) =>
          tx.query<{ sealed: Buffer }>({
            name: "read_export_chunk",
            text: "select sealed from export_chunks where org_id = $1 and export_id = $2 and seq = $3",
            values: [org_id, id, seq],
          }),
        );
        if (!chunk) throw new Error(`chunk ${seq} of export ${id} is gone`);
        yield openChunk(key, org_id, id, seq, seq === claimed.last, chunk.sealed);
      }
      isWhole = true;
    } finally {
      await (isWhole ? end() : release());
    }
  }
  const release = () =>
    inTenant(db, actor, (tx) =>
      tx.query({ text: "update exports set claimed_at = null where org_id = $1 and id = $2", values: [org_id, id] }),
    );
  const end = () =>
    inTenant(db, actor, async (tx) => {
      await tx.query({
        text: "update exports set status = 'fetched', fetched_at = $3, wrapped = null where org_id = $1 and id = $2",
        values: [org_id, id, now.toISOString()],
      });
      await tx.query({ text: "delete from export_chunks where org_id = $1 and export_id = $2", values: [org_id, id] });
    });
  return { bytes: claimed.bytes, chunks: chunks() };
}
