import type { Tx } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { open, seal } from "./cipher.ts";
import { type DataKey, loadDataKeys } from "./data-keys.ts";

export { aadOf, sealedOverhead } from "./cipher.ts";

/** Encrypts text under a person's key; null (not recorded) stays null. */
export const sealText = (key: DataKey, aad: string, text: string | null): Buffer | null =>
  text === null ? null : seal(key.key, key.version, aad, Buffer.from(text, "utf8"));

/** An encrypted column of a row: under whose key it is, and the place it is bound to. */
export type SealedText = { user_id: string | null; aad: string; sealed: Buffer | null };

/**
 * Decrypts texts, in order. Null where nothing was recorded, or where the person's key was destroyed: then nobody can read
 * it any more.
 * @throws where a stored value was changed.
 */
export async function openTexts(db: Database, tx: Tx, rows: readonly SealedText[]): Promise<(string | null)[]> {
  const people = new Set(rows.flatMap((row) => (row.user_id && row.sealed ? [row.user_id] : [])));
  const keys = await loadDataKeys(db, tx, [...people]);
  return rows.map(({ user_id, aad, sealed }) => {
    const key = user_id ? keys.get(user_id) : undefined;
    return key && sealed ? open(key.key, aad, sealed).toString("utf8") : null;
  });
}
