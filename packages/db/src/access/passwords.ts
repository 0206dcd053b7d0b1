import { hash, verify } from "@node-rs/argon2";
import { randomText } from "./tokens.ts";

// argon2id is the library's default algorithm; memory in KiB.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password with argon2id (19 MiB, 2 passes). */
export const hashPassword = (password: string): Promise<string> => hash(password, cost);

let nobody: Promise<string> | undefined;

/**
 * Whether a password is the account's. Without an account, or without a password, a hash of the same cost is checked, so
 * that the time of the answer doesn't tell which accounts exist.
 */
export async function isPassword(stored: string | null, password: string): Promise<boolean> {
  if (stored !== null) return verify(stored, password);
  nobody ??= hashPassword(randomText(32));
  await verify(await nobody, password);
  return false;
}
