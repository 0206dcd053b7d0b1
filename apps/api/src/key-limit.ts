import { takeRequest } from "@twin/db/access/key-limits";
import type { Database } from "@twin/db/postgres/connect";
import type { Actor } from "@twin/db/tenancy/actor";
import { isUnavailable } from "@twin/db/tenancy/errors";
import { KeyExhausted } from "./errors.ts";
import type { Http } from "./request.ts";

/**
 * Counts a request that carries a valid key, and says in its answer how many are left. While the database is unreachable
 * nothing is counted: what was asked says so itself.
 * @throws KeyExhausted
 */
export async function countForKey(
  db: Database,
  c: Http,
  known: Promise<Actor> | null,
  next: () => Promise<void>,
): Promise<void> {
  const actor = await known?.catch(() => null);
  if (actor?.kind !== "service") return next();
  const counted = await takeRequest(db, actor).catch((error: unknown) => {
    if (isUnavailable(error)) return null;
    throw error;
  });
  if (!counted) return next();
  const { limit, remaining, reset_seconds, allowed } = counted;
  if (!allowed) throw new KeyExhausted(limit, reset_seconds);
  await next();
  c.header("ratelimit-limit", String(limit));
  c.header("ratelimit-remaining", String(remaining));
  c.header("ratelimit-reset", String(reset_seconds));
}
