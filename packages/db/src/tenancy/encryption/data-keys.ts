import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Tx } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { aadOf, open, seal } from "./cipher.ts";
import { keyEncryptionKeyOf } from "./key-encryption-key.ts";

/**
 * A person's data key: their words are under it, and are gone with it. A key object, because node:crypto takes one four
 * times faster than raw bytes.
 */
export type DataKey = { version: number; key: KeyObject };

const unwrap = (wrapping: KeyObject, aad: string, wrapped: Buffer) => createSecretKey(open(wrapping, aad, wrapped));

type Row = { user_id: string; version: number; wrapped: Buffer };

/** The newest data keys of people, by user id; people whose key was destroyed are absent. */
export async function loadDataKeys(db: Database, tx: Tx, userIds: readonly string[]): Promise<Map<string, DataKey>> {
  if (userIds.length === 0) return new Map();
  const rows = await tx.query<Row>({
    name: "load_data_keys",
    text: "select user_id, version, wrapped from user_keys where org_id = $1 and user_id = any($2::uuid[]) order by user_id, version",
    values: [tx.org_id, userIds],
  });
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
  await tx.query({
    name: "insert_data_keys",
    text: `insert into user_keys (org_id, user_id, version, wrapped)
      select $1::int, k.user_id, 1, k.wrapped from unnest($2::uuid[], $3::bytea[]) k(user_id, wrapped)
      on conflict do nothing`,
    values: [tx.org_id, missing, wrapped],
  });
  // Read back: another transaction may have been first, and its key is the one that counts.
  for (const [id, key] of await loadDataKeys(db, tx, missing)) keys.set(id, key);
  return keys;
}

/** The organisation's key for one purpose, made at its first use. */
export async function ensureOrganizationKey(db: Database, tx: Tx, purpose: "search"): Promise<KeyObject> {
  const { key: wrapping, version } = keyEncryptionKeyOf(db);
  const aad = aadOf("org_keys", "wrapped", tx.org_id, purpose);
  const read = async () => {
    const rows = await tx.query<{ wrapped: Buffer }>({
      name: "load_org_key",
      text: "select wrapped from org_keys where org_id = $1 and purpose = $2",
      values: [tx.org_id, purpose],
    });
    return rows[0] && unwrap(wrapping, aad, rows[0].wrapped);
  };
  const known = await read();
  if (known) return known;
  await tx.query({
    text: "insert into org_keys (org_id, purpose, wrapped) values ($1, $2, $3) on conflict do nothing",
    values: [tx.org_id, purpose, seal(wrapping, version, aad, randomBytes(32))],
  });
  return (await read())!;
}
