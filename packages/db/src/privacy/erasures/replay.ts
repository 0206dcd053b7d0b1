import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { listOrganizations } from "../../tenancy/organizations/find.ts";
import { layTombstones } from "./ask.ts";
import { enqueueErasure } from "./enqueue.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";

/** `again`: people who were there, gone from all lists now and queued to be erased; `kept_out`: only their names came back. */
export type Replayed = { entries: number; again: number; kept_out: number };

/**
 * Holds the ledger against the database, which may come from an older copy: whoever was erased since is deleted and queued
 * to be erased again, and every name of theirs is kept out. Where nothing was restored it changes nothing.
 */
export async function replayLedger(db: Database, ledger: Ledger, now: Date): Promise<Replayed> {
  const entries = await ledger.read();
  const replayed: Replayed = { entries: entries.length, again: 0, kept_out: 0 };
  if (entries.length === 0) return replayed;
  for (const { org_id } of await listOrganizations(db)) {
    const own = entries.filter((entry) => entry.org_id === org_id);
    if (own.length === 0) continue;
    const actor: Actor = { kind: "system", org_id, job: "replay erasures", request_id: "replay" };
    await inTenant(db, actor, async (tx) => {
      const unknown = await findUnknown(tx, own);
      for (const entry of unknown) {
        if (await eraseAgain(tx, entry, now)) replayed.again++;
        else replayed.kept_out++;
      }
      if (unknown.length > 0) await enqueueErasure(tx);
    });
  }
  return replayed;
}

/**
 * Entries that this database knows nothing of: their erasure isn't in it, or had not begun. An organisation made anew under
 * an old number is another one.
 */
async function findUnknown(tx: Tx, entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
  const rows = await tx.query<{ id: string }>({
    text: `select t.id from unnest($2::uuid[], $3::text[]) t (id, made)
      join organizations o on o.id = $1 and extract(epoch from o.created_at)::text = t.made
      where not exists (select from erasures e where e.org_id = $1 and e.id = t.id and e.status in ('erasing', 'erased'))`,
    values: [
      tx.org_id,
      entries.map(({ erasure_id }) => erasure_id),
      entries.map(({ org_created_at }) => org_created_at),
    ],
  });
  const unknown = new Set(rows.map(({ id }) => id));
  return entries.filter(({ erasure_id }) => unknown.has(erasure_id));
}

async function eraseAgain(tx: Tx, entry: LedgerEntry, now: Date): Promise<boolean> {
  const { erasure_id, user_id, reason, asked_at, asked_by, tombstones } = entry;
  const [user] = await tx.query<{ email_key: string }>({
    text: "update users set deleted_at = coalesce(deleted_at, $3::timestamptz) where org_id = $1 and id = $2 returning email_key",
    values: [tx.org_id, user_id, asked_at],
  });
  // One that was asked for and waits in this copy, under this number or another, is the same wish.
  await tx.query({
    text: "update erasures set status = 'undone', ended_at = $3 where org_id = $1 and user_id = $2 and status = 'asked' and id <> $4",
    values: [tx.org_id, user_id, now.toISOString(), erasure_id],
  });
  await tx.query({
    text: `insert into erasures as e (org_id, id, user_id, reason, immediately, status, asked_at, asked_by, ended_at, number, lines)
      select $1, $2, $3, $4, true, case when $7 then 'asked' else 'erased' end, $5, $6, n.at, n.number, n.lines
      from (
        select case when not $7 then $8::timestamptz end as at,
          case when not $7 then (select coalesce(max(number), 0) + 1 from erasures where org_id = $1) end as number,
          case when not $7 then '{"lines": [], "rows_gone": 0, "rows_kept": 0}'::jsonb end as lines
      ) n
      on conflict (org_id, id) do update set status = excluded.status, immediately = true, ended_at = excluded.ended_at,
        number = excluded.number, lines = excluded.lines`,
    values: [tx.org_id, erasure_id, user_id, reason, asked_at, asked_by, user !== undefined, now.toISOString()],
  });
  if (user) await layTombstones(tx, { erasure_id, user_id, emailKey: user.email_key, now });
  await tx.query({
    text: `insert into tombstones (org_id, key_hash, erased_at, erasure_id)
      select $1, decode(h, 'hex'), $3::timestamptz, $4::uuid from unnest($2::text[]) h order by 2 on conflict do nothing`,
    values: [tx.org_id, tombstones, now.toISOString(), erasure_id],
  });
  await recordAudit(tx, {
    action: "user.erase_again",
    object_type: "user",
    object_id: user_id,
    details: { erasure: erasure_id },
  });
  return user !== undefined;
}
