import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Database } from "../../postgres/connect.ts";
import { aadOf, open, seal } from "../../tenancy/encryption/cipher.ts";
import { keyEncryptionKeyOf } from "../../tenancy/encryption/key-encryption-key.ts";

const place = (org_id: number, id: string) => aadOf("exports", "wrapped", org_id, id);

/** A new key for one export, and its stored form. */
export function makeExportKey(db: Database, org_id: number, id: string): { key: KeyObject; wrapped: Buffer } {
  const { key: wrapping, version } = keyEncryptionKeyOf(db);
  const bytes = randomBytes(32);
  return { key: createSecretKey(bytes), wrapped: seal(wrapping, version, place(org_id, id), bytes) };
}

/** The key of an export, from its stored form. */
export const openExportKey = (db: Database, org_id: number, id: string, wrapped: Buffer): KeyObject =>
  createSecretKey(open(keyEncryptionKeyOf(db).key, place(org_id, id), wrapped));

/** A chunk is bound to its export and its number, so none can be left out, doubled or moved; the last one is marked. */
const chunkPlace = (org_id: number, id: string, seq: number, isLast: boolean) =>
  aadOf("export_chunks", isLast ? "last" : "sealed", org_id, `${id}:${seq}`);

/** Encrypts a chunk of an export for its place in it. */
export const sealChunk = (key: KeyObject, org_id: number, id: string, seq: number, isLast: boolean, chunk: Buffer) =>
  seal(key, 1, chunkPlace(org_id, id, seq, isLast), chunk);

/** Decrypts a chunk of an export. @throws where it isn't the one of this place */
export const openChunk = (key: KeyObject, org_id: number, id: string, seq: number, isLast: boolean, sealed: Buffer) =>
  open(key, chunkPlace(org_id, id, seq, isLast), sealed);
