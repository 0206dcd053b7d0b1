import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Database } from "../postgres/connect.ts";
import { keyEncryptionKeyOf } from "../tenancy/encryption/key-encryption-key.ts";
import { newToken } from "./tokens.ts";

type Account = { id: string; password_hash: string | null };

/** The signature of a device token. Its key is derived from the key-encryption key; a new password makes the token invalid. */
function signatureOf(db: Database, nonce: string, { id, password_hash }: Account): Buffer {
  const key = Buffer.from(hkdfSync("sha256", keyEncryptionKeyOf(db).key, "", "twin device cookie", 32));
  return createHmac("sha256", key)
    .update([id, nonce, password_hash ?? ""].join("\0"))
    .digest();
}

/** A token that a browser keeps after signing in, so that it is known next time: for this account and this password only. */
export function deviceToken(db: Database, account: Account): string {
  const nonce = newToken();
  return `${nonce}.${signatureOf(db, nonce, account).toString("base64url")}`;
}

/** The browser that a device token names; null where the token isn't for this account with its current password. */
export function deviceOf(db: Database, token: string | undefined, account: Account | undefined): string | null {
  const [, nonce, signed] = /^([\w-]{43})\.([\w-]{43})$/.exec(token ?? "") ?? [];
  if (!nonce || !signed || !account) return null;
  const given = Buffer.from(signed, "base64url");
  const right = signatureOf(db, nonce, account);
  return given.length === right.length && timingSafeEqual(given, right) ? nonce : null;
}
