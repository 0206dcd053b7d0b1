import { createHmac, type KeyObject } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { mapInTurns } from "../../postgres/turns.ts";
import { statement } from "../../postgres/statement.ts";
import { makeOrganizationKey, openOrganizationKey } from "./data-keys.ts";

/** Longest text that is indexed whole, in characters: beyond it a tsvector could outgrow PostgreSQL's limit of 1 MB. */
const indexedLength = 150_000;

const lexeme = /'((?:[^'\\]|''|\\.)*)'/g;
const unquote = (text: string) => text.replace(/''/g, "'").replace(/\\(.)/g, "$1");

/** Replaces each quoted lexeme of a tsvector or tsquery by its keyed hash; positions and operators stay. */
export function blind(key: KeyObject, vector: string, cache = new Map<string, string>()): string {
  return vector.replace(lexeme, (_, quoted: string) => {
    let hash = cache.get(quoted);
    if (!hash) {
      hash = createHmac("sha256", key).update(unquote(quoted)).digest("base64url").slice(0, 16);
      cache.set(quoted, hash);
    }
    return `'${hash}'`;
  });
}

const plainVectors = statement(
  "tenancy.plain_vectors",
  { org_id: "int", texts: "text[]" },
  { vectors: "text[]", wrapped: "bytea?" },
  (p) => sql`
    select array(select to_tsvector('english', t)::text from unnest(${p.texts}) with ordinality u (t, i) order by i) as vectors,
      (select wrapped from org_keys where org_id = ${p.org_id} and purpose = 'search') as wrapped`,
);

/**
 * Search vectors of texts that are stored encrypted: what `to_tsvector('english', …)` gives, with every lexeme hashed
 * under the organisation's key, which is made with its first text. It leaks equality and frequency of words within one
 * organisation, nothing else.
 */
export async function blindVectors(db: Database, tx: Tx, texts: readonly string[]): Promise<string[]> {
  if (texts.length === 0) return [];
  const indexed = texts.map((text) => text.slice(0, indexedLength).toWellFormed());
  const read = async () => (await tx.query(plainVectors({ org_id: tx.org_id, texts: indexed })))[0]!;
  let found = await read();
  if (!found.wrapped) {
    await makeOrganizationKey(db, tx, "search");
    // Another transaction may have stored a key first, and that one counts.
    found = await read();
  }
  const key = openOrganizationKey(db, tx.org_id, "search", found.wrapped!);
  const cache = new Map<string, string>();
  return mapInTurns(found.vectors, (vector) => blind(key, vector, cache));
}
