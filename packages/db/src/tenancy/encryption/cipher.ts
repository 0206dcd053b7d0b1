import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from "node:crypto";

// version 1 | key version 2 | nonce 12 | ciphertext | tag 16
const formatVersion = 1;
const headLength = 15;
const tagLength = 16;

/** How much longer a sealed text is than its UTF-8 bytes. */
export const sealedOverhead = headLength + tagLength;

/** Binds a sealed value to its place: it can't be opened anywhere else. */
export const aadOf = (table: string, column: string, org_id: number, row: string): string =>
  `${table}.${column}:${org_id}:${row}`;

const nonceLength = 12;
/** Random bytes for many nonces: one call for each costs more than the encryption itself. */
const nonces = Buffer.alloc(nonceLength * 512);
let drawn = nonces.length;

/** Each is used once. */
function nextNonce(): Buffer {
  if (drawn === nonces.length) {
    randomFillSync(nonces);
    drawn = 0;
  }
  return nonces.subarray(drawn, (drawn += nonceLength));
}

/** AES-256-GCM with a fresh nonce; `aad` is authenticated, not stored. */
export function seal(key: KeyObject, keyVersion: number, aad: string, plain: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt8(formatVersion, 0);
  head.writeUInt16BE(keyVersion, 1);
  const nonce = nextNonce();
  nonce.copy(head, 3);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(aad));
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The key version that a sealed value was made with. */
export const keyVersionOf = (sealed: Buffer): number => sealed.readUInt16BE(1);

/** Decrypts a value of `seal`. @throws where a byte, the key or the place differs */
export function open(key: KeyObject, aad: string, sealed: Buffer): Buffer {
  if (sealed.length < sealedOverhead || sealed[0] !== formatVersion)
    throw new Error("not a sealed value of a known format");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(3, headLength)).setAAD(Buffer.from(aad));
  decipher.setAuthTag(sealed.subarray(-tagLength));
  return Buffer.concat([decipher.update(sealed.subarray(headLength, -tagLength)), decipher.final()]);
}
