import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** A fresh secret of 256 bits, fit for a cookie. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** What the database keeps of a token: its sha256, from which no usable token follows. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("base64url");

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random letters and digits, each of the 62 equally likely. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");

/** The secret of a key as the database keeps it. */
export const hashSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** Whether a secret is the one that was hashed, in a time that doesn't tell how much of it is right. */
export const isSecret = (secret: string, hash: Buffer): boolean => {
  const given = hashSecret(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
};

/**
 * A new API key: `twin_<id>_<secret><checksum>`. By the checksum scanners find leaked keys, and a mistyped key is refused
 * without asking the database.
 */
export function newKey(): { id: string; secret: string; key: string } {
  const id = randomText(12);
  const secret = randomText(43);
  return { id, secret, key: `twin_${id}_${secret}${checksum(`${id}_${secret}`)}` };
}

/** The parts of an API key, or null where it can't be one; no database is asked then. */
export function parseKey(key: string): { id: string; secret: string } | null {
  const [, id, secret, sum] = /^twin_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9a-f]{8})$/.exec(key) ?? [];
  return id && secret && sum === checksum(`${id}_${secret}`) ? { id, secret } : null;
}
