import { limits } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { statement } from "../postgres/statement.ts";
import { inAuth } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import type { Service } from "./keys.ts";

const windowMs = 60_000;
/** Requests that a process takes for a key at one time, so that not each of them asks the database. */
const portion = 2_000;
/** How long a process counts by itself: what others took since then isn't known to it. */
const alone = 5_000;
/** More keys than are used at one time; beyond it all are asked for again. */
const mostKeys = 10_000;

const takePortion = statement(
  "access.take_requests_of_key",
  { key: "text", wanted: "int", window_ms: "int" },
  { taken: "int", ms_left: "int" },
  (p) => sql`
    insert into auth.rate_limits as r (key, points, expire)
    values (${p.key}, ${p.wanted}, (extract(epoch from clock_timestamp()) * 1000)::bigint + ${p.window_ms})
    on conflict (key) do update set
      points = case when r.expire > excluded.expire - ${p.window_ms} then r.points + excluded.points else excluded.points end,
      expire = case when r.expire > excluded.expire - ${p.window_ms} then r.expire else excluded.expire end
    returning points as taken,
      greatest(0, expire - (extract(epoch from clock_timestamp()) * 1000)::bigint)::int as ms_left`,
);

/** What a process holds of a key's requests; times by `performance.now()`. */
type Held = { left: number; others: number; asked: number; ends: number };

/** What stands in the headers of an answer to a key. */
export type KeyLimit = { limit: number; remaining: number; reset_seconds: number; allowed: boolean };

/** A database's counts, as this process knows them. */
class Counts {
  readonly #db: Database;
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<void>>();

  constructor(db: Database) {
    this.#db = db;
  }

  async take(id: string): Promise<KeyLimit> {
    for (;;) {
      const now = performance.now();
      const held = this.#held.get(id);
      const isFresh = held !== undefined && now < held.ends && now < held.asked + alone;
      if (isFresh && (held.left > 0 || held.others === 0)) {
        const allowed = held.left > 0;
        if (allowed) held.left--;
        const reset_seconds = Math.max(1, Math.ceil((held.ends - now) / 1_000));
        return { limit: limits.keyRequests, remaining: held.left + held.others, reset_seconds, allowed };
      }
      await (this.#asking.get(id) ?? this.#ask(id, held));
    }
  }

  /** Asks for as many as are missing; requests that come meanwhile wait for the same answer. */
  #ask(id: string, held: Held | undefined): Promise<void> {
    const asked = performance.now();
    const rest = held ? Math.max(0, held.ends - asked) : 0;
    const left = held && rest > 0 ? held.left : 0;
    const wanted = portion - left;
    const take = takePortion({ key: `key:${id}`, wanted, window_ms: windowMs });
    const asking = inAuth(this.#db, (tx) => tx.query(take), id)
      .then(([row]) => {
        const { taken, ms_left } = row!;
        const free = limits.keyRequests - taken;
        const granted = Math.max(0, wanted + Math.min(0, free));
        // What was left belongs to its minute, which may have ended on the way.
        const kept = ms_left > rest + windowMs / 2 ? 0 : left;
        if (this.#held.size >= mostKeys) this.#held.clear();
        this.#held.set(id, { left: kept + granted, others: Math.max(0, free), asked, ends: asked + ms_left });
      })
      .finally(() => this.#asking.delete(id));
    this.#asking.set(id, asking);
    return asking;
  }
}

const counts = new WeakMap<object, Counts>();

/**
 * Counts a request of a key. A key has `limits.keyRequests` a minute, over all processes of the api together: each takes them in
 * portions from one count in the database, so that never more are answered. The minute begins with the first request after
 * the one before. What remains is what nobody has taken, and what this process still holds; it is looked up every 5 s, so
 * it may be too high by what other processes took since, and too low by what they hold. A batch of tRPC, and a stream, is one
 * request. Keys of a rotation are counted each by itself.
 * @throws what the database throws where it can't be reached
 */
export function takeRequest(db: Database, actor: Service): Promise<KeyLimit> {
  const known = counts.get(db.pool) ?? new Counts(db);
  counts.set(db.pool, known);
  return known.take(actor.key_id);
}
