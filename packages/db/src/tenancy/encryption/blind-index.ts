import { createHmac, type KeyObject } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import { mapInTurns } from "../../postgres/turns.ts";
import { statement } from "../../postgres/statement.ts";

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
  { texts: "text[]" },
  { v: "text" },
  (p) => sql`select to_tsvector('english', t)::text v from unnest(${p.texts}) with ordinality u(t, i) order by i`,
);

/**
 * Search vectors of texts that are stored encrypted: what `to_tsvector('english', …)` gives, with every lexeme hashed
 * under the organisation's key. It leaks equality and frequency of words within one organisation, nothing else.
 */
export async function blindVectors(tx: Tx, key: KeyObject, texts: readonly string[]): Promise<string[]> {
  if (texts.length === 0) return [];
  const indexed = texts.map((text) => text.slice(0, indexedLength).toWellFormed());
  const rows = await tx.query(plainVectors({ texts: indexed }));
  const cache = new Map<string, string>();
  return mapInTurns(rows, (row) => blind(key, row.v, cache));
}
