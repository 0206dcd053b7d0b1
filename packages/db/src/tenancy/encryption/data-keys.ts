import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Tx } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { aadOf, open, seal } from "./cipher.ts";
import { keyEncryptionKeyOf } from "./key-encryption-key.ts";
import { statement } from "../../postgres/statement.ts";

/**
 * A person's data key: their words are encrypted under it, and unreadable once it is destroyed. A key object, because
 * node:crypto takes one four times faster than raw bytes.
 */
export type DataKey = { version: number; key: KeyObject };

const unwrap = (wrapping: KeyObject, aad: string, wrapped: Buffer) => createSecretKey(open(wrapping, aad, wrapped));

const dataKeysOf = statement(
  "tenancy.data_keys",
  { org_id: "int", user_ids: "uuid[]" },
  { user_id: "uuid", version: "int", wrapped: "bytea" },
  (p) => sql`
    select user_id, version, wrapped from user_keys
    where org_id = ${p.org_id} and user_id = any(${p.user_ids}) order by user_id, version`,
);

/** The newest data keys of people, by user id; people whose key was destroyed are absent. */
export async function loadDataKeys(db: Database, tx: Tx, userIds: readonly string[]): Promise<Map<string, DataKey>> {
  if (userIds.length === 0) return new Map();
  const rows = await tx.query(dataKeysOf({ org_id: tx.org_id, user_ids: userIds }));
  const { key: wrapping } = keyEncryptionKeyOf(db);
  return new Map(
    rows.map((row) => [
      row.user_id,
      {
        version: row.version,
        key: unwrap(wrapping, aadOf("user_keys", "wrapped", tx.org_id, `${row.user_id}:${row.version}`), row.wrapped),
      },
    ]),
  );
}

const addDataKeys = statement(
  "tenancy.add_data_keys",
  { org_id: "int", user_ids: "uuid[]", wrapped: "bytea[]" },
  {},
  (p) => sql`
    insert into user_keys (org_id, user_id, version, wrapped)
    select ${p.org_id}, k.user_id, 1, k.wrapped from unnest(${p.user_ids}, ${p.wrapped}) k(user_id, wrapped)
    on conflict do nothing`,
);

/** Like `loadDataKeys`, and makes a key for everyone who has none yet. */
export async function ensureDataKeys(db: Database, tx: Tx, userIds: Iterable<string>): Promise<Map<string, DataKey>> {
  const wanted = [...new Set(userIds)].sort();
  const keys = await loadDataKeys(db, tx, wanted);
  const missing = wanted.filter((id) => !keys.has(id));
  if (missing.length === 0) return keys;
  const { key: wrapping, version } = keyEncryptionKeyOf(db);
  const wrapped = missing.map((id) =>
    seal(wrapping, version, aadOf("user_keys", "wrapped", tx.org_id, `${id}:1`), randomBytes(32)),
  );
  await tx.query(addDataKeys({ org_id: tx.org_id, user_ids: missing, wrapped }));
  // Read again: another transaction may have stored a key first, and that one counts.
  for (const [id, key] of await loadDataKeys(db, tx, missing)) keys.set(id, key);
  return keys;
}

const addOrganizationKey = statement(
  "tenancy.add_organization_key",
  { org_id: "int", purpose: "text", wrapped: "bytea" },
  {},
  (p) => sql`
    insert into org_keys (org_id, purpose, wrapped) values (${p.org_id}, ${p.purpose}, ${p.wrapped})
    on conflict do nothing`,
  { plan: "each" },
);

/** The organisation's key for one purpose, as it is stored. */
export const openOrganizationKey = (db: Database, org_id: number, purpose: "search", wrapped: Buffer): KeyObject =>
  unwrap(keyEncryptionKeyOf(db).key, aadOf("org_keys", "wrapped", org_id, purpose), wrapped);

/** Makes the organisation's key for one purpose, where it has none. */
export async function makeOrganizationKey(db: Database, tx: Tx, purpose: "search"): Promise<void> {
  const { key: wrapping, version } = keyEncryptionKeyOf(db);
  const wrapped = seal(wrapping, version, aadOf("org_keys", "wrapped", tx.org_id, purpose), randomBytes(32));
  await tx.query(addOrganizationKey({ org_id: tx.org_id, purpose, wrapped }));
}
