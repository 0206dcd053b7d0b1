import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant, type Tx } from "../actor.ts";
import { hashRows, readHead } from "./chain.ts";
import type { Head, Heads } from "./heads.ts";

const newestRow = statement(
  "tenancy.newest_audit_row",
  { org_id: "int" },
  { id: "bigint?" },
  (p) => sql`select max(id) as id from audit_log where org_id = ${p.org_id}`,
);

const lockSealing = statement(
  "tenancy.lock_audit_sealing",
  { org_id: "int" },
  { locked: "boolean" },
  (p) => sql`select pg_try_advisory_xact_lock(hashtext('twin: audit seal'), ${p.org_id}) as locked`,
);

const writers = statement(
  "tenancy.writers_of_audit",
  {},
  { writer: "text" },
  () => sql`
    select virtualtransaction as writer from pg_locks
    where locktype = 'relation' and relation = 'audit_log'::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())`,
);

const patienceMs = 5_000;

/**
 * Waits until every transaction that is writing audit rows now has ended: one of them may have drawn a lower number than rows
 * that are seen already. @returns false where one goes on for too long
 */
async function writersEnded(tx: Tx, signal: AbortSignal | undefined): Promise<boolean> {
  const begun = performance.now();
  const read = async () => new Set((await tx.query(writers({}))).map(({ writer }) => writer));
  const waitedFor = await read();
  for (let now = waitedFor; [...waitedFor].some((one) => now.has(one)); now = await read()) {
    if (signal?.aborted || performance.now() - begun > patienceMs) return false;
    await sleep(20);
  }
  return true;
}

const addSeal = statement(
  "tenancy.add_audit_seal",
  { org_id: "int", upto_id: "bigint", row_count: "bigint", previous_hash: "bytea?", hash: "bytea", now: "timestamptz" },
  {},
  (p) => sql`
    insert into audit_seals (org_id, upto_id, row_count, previous_hash, hash, at)
    values (${p.org_id}, ${p.upto_id}, ${p.row_count}, ${p.previous_hash}, ${p.hash}, ${p.now})`,
);

const organizationMade = statement(
  "tenancy.when_organization_was_made",
  { org_id: "int" },
  { made_at: "text" },
  (p) => sql`select extract(epoch from created_at)::text as made_at from organizations where id = ${p.org_id}`,
);

/**
 * Seals what was written down since the last seal: its hash stands on the hash before, so that no row can be changed, taken out
 * or put in any more without being noticed (`verifyAudit`). Rows that a transaction is still writing wait for the next time. The
 * head of the chain is copied out of the database, where whoever may change all of it can't.
 * @returns how many rows
 */
export async function sealAudit(
  db: Database,
  actor: Actor,
  { now, heads, signal }: { now: Date; heads: Heads; signal?: AbortSignal },
): Promise<{ rows: number }> {
  const sealed = await inTenant(db, actor, async (tx) => {
    const { org_id } = tx;
    const [lock] = await tx.query(lockSealing({ org_id }));
    const head = await readHead(tx);
    const [newest] = await tx.query(newestRow({ org_id }));
    const upto = newest?.id ?? 0;
    const after = head?.upto_id ?? 0;
    if (!lock!.locked || upto <= after || !(await writersEnded(tx, signal))) return { rows: 0, head };
    const previous = head?.hash ?? null;
    const { hash, rows } = await hashRows(tx, { after, upto, previous });
    const seal = { upto_id: upto, row_count: rows, previous_hash: previous, hash };
    await tx.query(addSeal({ org_id, ...seal, now: now.toISOString() }));
    return { rows, head: seal };
  });
  if (sealed.head !== null) await heads.append(await headOf(db, actor, sealed.head));
  return { rows: sealed.rows };
}

const headOf = (db: Database, actor: Actor, { upto_id, hash }: { upto_id: number; hash: Buffer }): Promise<Head> =>
  inTenant(db, actor, async (tx) => ({
    version: 1,
    org_id: tx.org_id,
    org_created_at: await readMade(tx),
    upto_id,
    hash: hash.toString("hex"),
  }));

/** When the transaction's organisation was made: tells it from a later one with the same number. */
export async function readMade(tx: Tx): Promise<string> {
  const [organization] = await tx.query(organizationMade({ org_id: tx.org_id }));
  return organization!.made_at;
}
