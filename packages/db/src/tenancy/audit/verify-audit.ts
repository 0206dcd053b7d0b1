import type { AuditCheck } from "@twin/contracts/audit";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../actor.ts";
import { hashRows, readSeals, type Seal } from "./chain.ts";
import type { Heads } from "./heads.ts";
import { readMade } from "./seal.ts";

/** Seals that are looked at in one transaction. */
const sealsAtOnce = 50;
/** So many outcomes are kept. */
const checksKept = 100;

const addCheck = statement(
  "tenancy.add_audit_check",
  { org_id: "int", at: "timestamptz", rows: "bigint", seals: "bigint", problem: "text?" },
  {},
  (p) => sql`
    insert into audit_checks (org_id, at, rows, seals, problem)
    values (${p.org_id}, ${p.at}, ${p.rows}, ${p.seals}, ${p.problem}) on conflict do nothing`,
);

const forgetChecks = statement(
  "tenancy.forget_audit_checks",
  { org_id: "int", kept: "int" },
  {},
  (p) => sql`
    delete from audit_checks where org_id = ${p.org_id} and at < (
      select at from audit_checks where org_id = ${p.org_id} order by at desc offset ${p.kept} limit 1)`,
);

/**
 * Computes every seal of the audit anew from its rows, and compares the chain with the heads that were copied out of the database:
 * a row that was changed, taken out or put in, a seal that was changed or taken out, is found and named. The outcome is stored.
 */
export async function verifyAudit(
  db: Database,
  actor: Actor,
  { now, heads, signal }: { now: Date; heads: Heads; signal?: AbortSignal },
): Promise<AuditCheck> {
  const known = new Map<number, string>();
  const made = await inTenant(db, actor, readMade);
  for (const { org_id, org_created_at, upto_id, hash } of await heads.read())
    if (org_id === actor.org_id && org_created_at === made) known.set(upto_id, hash);

  let problem: string | null = null;
  let [rows, seals] = [0, 0];
  let last: Seal | null = null;
  for (let more = true; more && problem === null;) {
    signal?.throwIfAborted();
    more = await inTenant(db, actor, async (tx) => {
      const found = await readSeals(tx, last?.upto_id ?? 0, sealsAtOnce);
      for (const seal of found) {
        const after: number = last?.upto_id ?? 0;
        const previous: Buffer | null = last?.hash ?? null;
        const computed = await hashRows(tx, { after, upto: seal.upto_id, previous });
        problem = problemOf(seal, previous, computed, known, after);
        if (problem !== null) return false;
        known.delete(seal.upto_id);
        rows += computed.rows;
        seals++;
        last = seal;
      }
      return found.length === sealsAtOnce;
    });
  }
  const lost = Math.min(...known.keys());
  if (problem === null && known.size > 0) problem = `the seal up to row ${lost} was there once and is gone`;
  const check = { at: now.toISOString(), rows, seals, problem };
  await inTenant(db, actor, async (tx) => {
    await tx.query(addCheck({ org_id: tx.org_id, ...check }));
    await tx.query(forgetChecks({ org_id: tx.org_id, kept: checksKept }));
  });
  return check;
}

function problemOf(
  seal: Seal,
  previous: Buffer | null,
  computed: { hash: Buffer; rows: number },
  known: Map<number, string>,
  after: number,
): string | null {
  const stretch = `rows ${after + 1} to ${seal.upto_id}`;
  const head = known.get(seal.upto_id);
  if (head !== undefined && head !== seal.hash.toString("hex"))
    return `the seal of ${stretch} isn't the one that was copied out of the database`;
  if (Buffer.compare(seal.previous_hash ?? Buffer.alloc(0), previous ?? Buffer.alloc(0)) !== 0)
    return `the seal of ${stretch} doesn't stand on the one before: a seal was changed or taken out`;
  if (computed.rows !== seal.row_count)
    return computed.rows < seal.row_count
      ? `${seal.row_count - computed.rows} of ${stretch} are gone`
      : `${computed.rows - seal.row_count} of ${stretch} were put in later`;
  return computed.hash.equals(seal.hash) ? null : `one of ${stretch}, or their seal, was changed`;
}
