import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { sql } from "drizzle-orm";
import { inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { networkOf } from "./address.ts";
import { hashToken } from "./tokens.ts";
import { statement } from "../postgres/statement.ts";

/** Too many tries; `retry_after_seconds` tells when the next one may come. */
export class RateLimited extends DomainError {
  readonly retry_after_seconds: number;
  readonly limit: number;
  constructor(limit: number, msBeforeNext: number) {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    super(
      "TOO_MANY_REQUESTS",
      `too many tries: try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}`,
    );
    this.retry_after_seconds = seconds;
    this.limit = limit;
  }
}

const quarterHour = 15 * 60;
/** Wrong tries of a network, and of a browser that signed in before, in a quarter of an hour. */
export const triesAllowed = 10;
const blocked = { points: triesAllowed, duration: quarterHour, blockDuration: quarterHour };
// An account is never blocked, or whoever knows an address could lock its owner out: its count says how slow the next is.
const counted = { points: 1_000_000, duration: quarterHour };
const rules = { network: blocked, device: blocked, account: counted };

const limiter = (db: Database, by: keyof typeof rules) =>
  new RateLimiterPostgres({
    // Each of its statements goes through twin_auth like everything else of this schema.
    storeClient: {
      query: (statement: { text: string; values: unknown[] }) =>
        inAuth(db, async (tx) => ({ rows: await tx.query(statement) })),
    },
    storeType: "client",
    schemaName: "auth",
    tableName: "rate_limits",
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: `sign-in:${by}`,
    ...rules[by],
  });

/** @returns how many tries there were in the last quarter of an hour, this one too @throws RateLimited */
async function countTry(db: Database, by: keyof typeof rules, key: string): Promise<number> {
  try {
    return (await limiter(db, by).consume(key)).consumedPoints;
  } catch (refused) {
    throw refused instanceof RateLimiterRes ? new RateLimited(rules[by].points, refused.msBeforeNext) : refused;
  }
}

/** How long an unknown browser's next answer takes, after so many wrong ones for its account: 1, 2, 4 … 30 s. */
export const slownessMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(30, 2 ** Math.min(failures - 1, 5)) * 1000;

export type Try = {
  /** The key that finds the account, known or not. */
  email_key: string;
  ip: string | undefined;
  /** Of a browser that signed in to this very account before. */
  device: string | null;
};

/**
 * Counts a try to sign in before the password is looked at, so that parallel guesses are counted too. A browser that the
 * account knows has a count of its own and waits for nobody; any other is counted by its network, and waits the longer the
 * more wrong tries there were for the account. A network that is blocked leaves no trace of whom it tried.
 * @returns how long to wait, and what takes the count back after the right password
 * @throws RateLimited
 */
export async function countLogin(
  db: Database,
  { email_key, ip, device }: Try,
): Promise<{ waitMs: number; succeeded(): Promise<void> }> {
  const account = hashToken(email_key);
  const known =
    device !== null &&
    (await countTry(db, "device", device).then(
      () => true,
      (refused: unknown) => {
        if (refused instanceof RateLimited) return false;
        throw refused;
      },
    ));
  if (known) {
    return {
      waitMs: 0,
      async succeeded() {
        await limiter(db, "device").delete(device!);
      },
    };
  }
  const network = ip === undefined ? null : networkOf(ip);
  if (network !== null) await countTry(db, "network", network);
  const tries = await countTry(db, "account", account);
  return {
    waitMs: slownessMs(tries - 1),
    async succeeded() {
      await limiter(db, "account").delete(account);
      if (network !== null) await limiter(db, "network").reward(network);
    },
  };
}

const clearEnded = statement(
  "access.clear_ended_limits",
  { before_ms: "bigint" },
  {},
  (p) => sql`delete from auth.rate_limits where expire < ${p.before_ms}`,
  { plan: "each" },
);

/** Deletes counts that ended an hour ago. */
export const clearLimits = async (tx: Tx, now: Date): Promise<void> => {
  await tx.query(clearEnded({ before_ms: now.getTime() - 3_600_000 }));
};
