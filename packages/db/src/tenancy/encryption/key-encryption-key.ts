import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../errors.ts";
import { statement } from "../../postgres/statement.ts";

/** The key that wraps every data key; known to the processes, never to the database. */
export type KeyEncryptionKey = { version: number; key: KeyObject };

/** Acts for the installation, not for an organisation. */
const installation: Actor = { kind: "system", org_id: 0, job: "unlock keys", request_id: "unlock" };

const unlocked = new WeakMap<object, KeyEncryptionKey>();

/** The key of this database; throws where the process has not unlocked it. */
export function keyEncryptionKeyOf(db: Database): KeyEncryptionKey {
  const key = unlocked.get(db.pool);
  if (!key) throw new DomainError("UNAVAILABLE", "the encryption key is not unlocked in this process");
  return key;
}

const fingerprintOf = (key: Buffer) => createHash("sha256").update("key-encryption-key").update(key).digest();

function decode(text: string, from: string): Buffer {
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== 32)
    throw new DomainError(
      "UNAVAILABLE",
      `${from} must hold 32 bytes as base64; make one with: openssl rand -base64 32`,
    );
  return key;
}

async function readKeyFile(file: string): Promise<Buffer | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : decode(text, file);
}

async function createKeyFile(file: string): Promise<Buffer> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // "wx": of two processes at a first start only one writes, and both then read the same key.
  await writeFile(file, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  return decode(await readFile(file, "utf8"), file);
}

const knownFingerprint = statement(
  "tenancy.fingerprint_of_key_encryption_key",
  {},
  { fingerprint: "bytea" },
  () => sql`select fingerprint from ops.key_encryption_keys where version = 1`,
  { plan: "each" },
);

const addFingerprint = statement(
  "tenancy.add_fingerprint_of_key_encryption_key",
  { fingerprint: "bytea" },
  {},
  (p) => sql`
    insert into ops.key_encryption_keys (version, fingerprint) values (1, ${p.fingerprint}) on conflict do nothing`,
  { plan: "each" },
);

/**
 * Makes the key-encryption key available to this process, from `key` (base64, 32 bytes) or from `file`, which is created
 * (mode 0600) while the database knows no key yet.
 * @throws DomainError UNAVAILABLE where the key is lost, or isn't the one that the database was encrypted with: new rows
 *   would then be unreadable together with the old ones.
 */
export async function unlockKeys(
  db: Database,
  from: { key?: string | undefined; file?: string | undefined },
): Promise<void> {
  const known = await inTenant(db, installation, async (tx) => {
    const rows = await tx.query(knownFingerprint({}));
    return rows[0]?.fingerprint;
  });
  let key = from.key ? decode(from.key, "KEY_ENCRYPTION_KEY") : from.file ? await readKeyFile(from.file) : null;
  if (!key) {
    if (known) {
      throw new DomainError(
        "UNAVAILABLE",
        `the encryption key is lost: put it back${from.file ? ` at ${from.file}` : ""} or into KEY_ENCRYPTION_KEY; without it stored text can't be read`,
      );
    }
    if (!from.file)
      throw new DomainError("UNAVAILABLE", "set KEY_ENCRYPTION_KEY (openssl rand -base64 32) or KEY_FILE");
    key = await createKeyFile(from.file);
  }
  const fingerprint = fingerprintOf(key);
  const stored = known ?? (await remember(db, fingerprint));
  if (!stored.equals(fingerprint)) {
    throw new DomainError(
      "UNAVAILABLE",
      "the encryption key is not the one that this database was encrypted with: put the right one back",
    );
  }
  unlocked.set(db.pool, { version: 1, key: createSecretKey(key) });
}

const remember = (db: Database, fingerprint: Buffer): Promise<Buffer> =>
  inTenant(db, installation, async (tx) => {
    await tx.query(addFingerprint({ fingerprint }));
    const rows = await tx.query(knownFingerprint({}));
    return rows[0]!.fingerprint;
  });
