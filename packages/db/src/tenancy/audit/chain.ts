import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import type { Tx } from "../actor.ts";

/** Rows that are read at once. */
const pageRows = 2_000;

// Each row as one line: every column, in an order and a form that no setting of a session changes.
const linesOf = statement(
  "tenancy.lines_of_audit",
  { org_id: "int", after: "bigint", upto: "bigint", limit: "int" },
  { id: "bigint", line: "text" },
  (p) => sql`
    select id, json_build_array(id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor_kind, actor_id, actor_name,
      action, object_type, object_id, reason, request_id, host(ip), details)::text as line
    from audit_log where org_id = ${p.org_id} and id > ${p.after} and id <= ${p.upto} order by id limit ${p.limit}`,
);

/** The rows of a stretch of the log as one hash, on top of the hash of the stretch before. */
export async function hashRows(
  tx: Tx,
  { after, upto, previous }: { after: number; upto: number; previous: Buffer | null },
): Promise<{ hash: Buffer; rows: number }> {
  const hash = createHash("sha256").update(previous ?? Buffer.alloc(0));
  let rows = 0;
  for (let from = after; ;) {
    const lines = await tx.query(linesOf({ org_id: tx.org_id, after: from, upto, limit: pageRows }));
    for (const { line } of lines) hash.update(line).update("\n");
    rows += lines.length;
    if (lines.length < pageRows) return { hash: hash.digest(), rows };
    from = lines.at(-1)!.id;
  }
}

export type Seal = { upto_id: number; row_count: number; previous_hash: Buffer | null; hash: Buffer };

const sealsAfter = statement(
  "tenancy.audit_seals_after",
  { org_id: "int", after: "bigint", limit: "int" },
  { upto_id: "bigint", row_count: "bigint", previous_hash: "bytea?", hash: "bytea" },
  (p) => sql`
    select upto_id, row_count, previous_hash, hash from audit_seals
    where org_id = ${p.org_id} and upto_id > ${p.after} order by upto_id limit ${p.limit}`,
);

/** The seals after one, oldest first. */
export const readSeals = (tx: Tx, after: number, limit: number): Promise<Seal[]> =>
  tx.query(sealsAfter({ org_id: tx.org_id, after, limit }));

const newestSeal = statement(
  "tenancy.newest_audit_seal",
  { org_id: "int" },
  { upto_id: "bigint", row_count: "bigint", previous_hash: "bytea?", hash: "bytea" },
  (p) => sql`
    select upto_id, row_count, previous_hash, hash from audit_seals where org_id = ${p.org_id} order by upto_id desc limit 1`,
);

/** The head of the chain; null before the first seal. */
export const readHead = async (tx: Tx): Promise<Seal | null> =>
  (await tx.query(newestSeal({ org_id: tx.org_id })))[0] ?? null;
