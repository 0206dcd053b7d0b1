import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { listOrganizations } from "../../tenancy/organizations/find.ts";
import { layTombstones } from "./ask.ts";
import { enqueueErasure } from "./enqueue.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";

/**
 * `again`: people who were in the database, and are deleted and queued to be erased now; `kept_out`: only their names were
 * there.
 */
export type Replayed = { entries: number; again: number; kept_out: number };

/**
 * Compares the ledger with the database, which may be restored from an older copy: people who were erased since are deleted
 * and queued to be erased again, and every name of theirs is kept out. Where nothing was restored it changes nothing.
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

const unknownErasures = statement(
  "privacy.unknown_erasures",
  { org_id: "int", ids: "uuid[]", made: "text[]" },
  { id: "uuid" },
  (p) => sql`
    select t.id from unnest(${p.ids}, ${p.made}) t (id, made)
    join organizations o on o.id = ${p.org_id} and extract(epoch from o.created_at)::text = t.made
    where not exists (select from erasures e where e.org_id = ${p.org_id} and e.id = t.id and e.status in ('erasing', 'erased'))`,
  { plan: "each" },
);

/**
 * Entries whose erasure isn't in this database, or hasn't begun in it. An organisation made anew under an old number is
 * another one.
 */
async function findUnknown(tx: Tx, entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
  const rows = await tx.query(
    unknownErasures({
      org_id: tx.org_id,
      ids: entries.map(({ erasure_id }) => erasure_id),
      made: entries.map(({ org_created_at }) => org_created_at),
    }),
  );
  const unknown = new Set(rows.map(({ id }) => id));
  return entries.filter(({ erasure_id }) => unknown.has(erasure_id));
}

const deleteAgain = statement(
  "privacy.delete_user_again",
  { org_id: "int", user_id: "uuid", asked_at: "timestamptz" },
  { email_key: "text" },
  (p) =>
    sql`update users set deleted_at = coalesce(deleted_at, ${p.asked_at}) where org_id = ${p.org_id} and id = ${p.user_id} returning email_key`,
  { plan: "each" },
);

const undoWaiting = statement(
  "privacy.undo_waiting_erasures",
  { org_id: "int", user_id: "uuid", now: "timestamptz", erasure_id: "uuid" },
  {},
  (p) =>
    sql`update erasures set status = 'undone', ended_at = ${p.now} where org_id = ${p.org_id} and user_id = ${p.user_id} and status = 'asked' and id <> ${p.erasure_id}`,
  { plan: "each" },
);

const insertAgain = statement(
  "privacy.insert_erasure_again",
  {
    org_id: "int",
    erasure_id: "uuid",
    user_id: "uuid",
    reason: "text",
    asked_at: "timestamptz",
    asked_by: "text",
    is_there: "boolean",
    now: "timestamptz",
  },
  {},
  (p) => sql`
    insert into erasures as e (org_id, id, user_id, reason, immediately, status, asked_at, asked_by, ended_at, number, lines)
    select ${p.org_id}, ${p.erasure_id}, ${p.user_id}, ${p.reason}, true, case when ${p.is_there} then 'asked' else 'erased' end, ${p.asked_at}, ${p.asked_by}, n.at, n.number, n.lines
    from (
      select case when not ${p.is_there} then ${p.now} end as at,
        case when not ${p.is_there} then (select coalesce(max(number), 0) + 1 from erasures where org_id = ${p.org_id}) end as number,
        case when not ${p.is_there} then '{"lines": [], "rows_gone": 0, "rows_kept": 0}'::jsonb end as lines
    ) n
    on conflict (org_id, id) do update set status = excluded.status, immediately = true, ended_at = excluded.ended_at,
      number = excluded.number, lines = excluded.lines`,
  { plan: "each" },
);

const insertLedgerTombstones = statement(
  "privacy.insert_tombstones_of_ledger",
  { org_id: "int", tombstones: "text[]", now: "timestamptz", erasure_id: "uuid" },
  {},
  (p) => sql`
    insert into tombstones (org_id, key_hash, erased_at, erasure_id)
    select ${p.org_id}, decode(h, 'hex'), ${p.now}, ${p.erasure_id} from unnest(${p.tombstones}) h order by 2 on conflict do nothing`,
  { plan: "each" },
);

async function eraseAgain(tx: Tx, entry: LedgerEntry, now: Date): Promise<boolean> {
  const { erasure_id, user_id, reason, asked_at, asked_by, tombstones } = entry;
  const [user] = await tx.query(deleteAgain({ org_id: tx.org_id, user_id, asked_at }));
  // An erasure that was asked for and waits in this copy, under this number or another, is the same one.
  await tx.query(undoWaiting({ org_id: tx.org_id, user_id, now: now.toISOString(), erasure_id }));
  await tx.query(
    insertAgain({
      org_id: tx.org_id,
      erasure_id,
      user_id,
      reason,
      asked_at,
      asked_by,
      is_there: user !== undefined,
      now: now.toISOString(),
    }),
  );
  if (user) await layTombstones(tx, { erasure_id, user_id, emailKey: user.email_key, now });
  await tx.query(insertLedgerTombstones({ org_id: tx.org_id, tombstones, now: now.toISOString(), erasure_id }));
  await recordAudit(tx, {
    action: "user.erase_again",
    object_type: "user",
    object_id: user_id,
    details: { erasure: erasure_id },
  });
  return user !== undefined;
}
