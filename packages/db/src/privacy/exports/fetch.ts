import type { PersonExport } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { requesterOf } from "./request.ts";
import { deleteChunks } from "./store.ts";
import { openChunk, openExportKey } from "./sealed.ts";

/** A download that broke off may begin again after so long. */
const claimMinutes = 10;

const exportToFetch = statement(
  "privacy.export_to_fetch",
  { org_id: "int", id: "uuid", requested_by: "text", now: "timestamptz" },
  {
    user_id: "uuid",
    bytes: "bigint",
    wrapped: "bytea",
    error: "text?",
    status: only<PersonExport["status"]>("text"),
    is_free: "boolean",
    last: "int",
  },
  (p) => sql`
    select x.user_id, x.bytes, x.wrapped, x.error, case when x.status = 'ready' and x.expires_at < ${p.now} then 'expired' else x.status end as status,
      coalesce(x.claimed_at < ${p.now} - interval '${sql.raw(String(claimMinutes))} minutes', true) as is_free,
      (select max(seq) from export_chunks c where c.org_id = ${p.org_id} and c.export_id = ${p.id}) as last
    from exports x where x.org_id = ${p.org_id} and x.id = ${p.id} and x.requested_by = ${p.requested_by} for update`,
  { plan: "each" },
);

const claimExport = statement(
  "privacy.claim_export",
  { org_id: "int", id: "uuid", now: "timestamptz" },
  {},
  (p) => sql`update exports set claimed_at = ${p.now} where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

const exportChunk = statement(
  "privacy.export_chunk",
  { org_id: "int", id: "uuid", seq: "int" },
  { sealed: "bytea" },
  (p) => sql`select sealed from export_chunks where org_id = ${p.org_id} and export_id = ${p.id} and seq = ${p.seq}`,
);

const releaseExport = statement(
  "privacy.release_export",
  { org_id: "int", id: "uuid" },
  {},
  (p) => sql`update exports set claimed_at = null where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

const endFetch = statement(
  "privacy.end_fetch",
  { org_id: "int", id: "uuid", now: "timestamptz" },
  {},
  (p) =>
    sql`update exports set status = 'fetched', fetched_at = ${p.now}, wrapped = null where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/**
 * Hands an export to the account that asked for it, once: what was sent to its end is deleted. An audit row is written
 * before the first byte.
 * @throws NOT_FOUND, also for somebody else's; CONFLICT while it is being made, or fetched elsewhere; or where it is
 *   deleted
 */
export async function fetchExport(
  db: Database,
  actor: Actor,
  id: string,
  now: Date,
): Promise<{ bytes: number; chunks: AsyncGenerator<Buffer> }> {
  const { org_id } = actor;
  const claimed = await inTenant(db, actor, async (tx) => {
    const [row] = await tx.query(
      exportToFetch({ org_id, id, requested_by: requesterOf(actor), now: now.toISOString() }),
    );
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
    await tx.query(claimExport({ org_id, id, now: now.toISOString() }));
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
        const [chunk] = await inTenant(db, actor, (tx) => tx.query(exportChunk({ org_id, id, seq })));
        if (!chunk) throw new Error(`chunk ${seq} of export ${id} is gone`);
        yield openChunk(key, org_id, id, seq, seq === claimed.last, chunk.sealed);
      }
      isWhole = true;
    } finally {
      await (isWhole ? end() : release());
    }
  }
  const release = () => inTenant(db, actor, (tx) => tx.query(releaseExport({ org_id, id })));
  const end = () =>
    inTenant(db, actor, async (tx) => {
      await tx.query(endFetch({ org_id, id, now: now.toISOString() }));
      await tx.query(deleteChunks({ org_id, id }));
    });
  return { bytes: claimed.bytes, chunks: chunks() };
}
