import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { networkOf } from "./address.ts";
import { hashToken } from "./tokens.ts";
import { statement } from "../postgres/statement.ts";

/** Too many tries; `retry_after_seconds` tells when the next one may come. */
export class RateLimited extends DomainError {
  readonly retry_after_seconds: number;
  readonly limit: number;
  /** @param why what there was too much of */
  constructor(limit: number, msBeforeNext: number, why = "too many tries") {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    super(
      "TOO_MANY_REQUESTS",
      `${why}: try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}`,
    );
    this.retry_after_seconds = seconds;
    this.limit = limit;
  }
}

const quarterHour = 15 * 60;
/** Wrong tries of a network, and of a browser that signed in before, in a quarter of an hour. */
export const triesAllowed = 10;
const blocked = { points: triesAllowed, duration: quarterHour, blockDuration: quarterHour };
// An account is never blocked: whoever knows its address could lock its owner out. Its count makes the next try slower.
const counted = { points: 1_000_000, duration: quarterHour };
const letters = { points: 3, duration: 3_600 };
/** Demonstrations that an organisation makes in an hour. */
const made = { points: 5, duration: 3_600 };
const rules = {
  network: blocked,
  device: blocked,
  account: counted,
  "letters by network": blocked,
  letters,
  demonstration: made,
};

const limiter = (db: Database, by: keyof typeof rules) =>
  new RateLimiterPostgres({
    // Its statements run as twin_auth, like all others on this schema.
    storeClient: {
      query: (statement: { text: string; values: unknown[] }) =>
        inAuth(db, async (tx) => ({ rows: await tx.query(statement) })),
    },
    storeType: "client",
    schemaName: "auth",
    tableName: "rate_limits",
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: by === "demonstration" ? by : `sign-in:${by}`,
    ...rules[by],
  });

/** Counts a try. @returns how many tries there were in the last quarter of an hour, this one too @throws RateLimited */
async function countTry(db: Database, by: keyof typeof rules, key: string, why?: string): Promise<number> {
  try {
    return (await limiter(db, by).consume(key)).consumedPoints;
  } catch (refused) {
    throw refused instanceof RateLimiterRes ? new RateLimited(rules[by].points, refused.msBeforeNext, why) : refused;
  }
}

/** How long the next answer to an unknown browser takes, by the number of wrong tries for its account: 1, 2, 4 … 30 s. */
export const slownessMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(30, 2 ** Math.min(failures - 1, 5)) * 1000;

/** Counts a demonstration that the actor's organisation makes. @throws RateLimited after five in an hour */
export async function countDemonstration(db: Database, actor: Actor): Promise<void> {
  await countTry(db, "demonstration", String(actor.org_id), "an organisation makes at most 5 demonstrations an hour");
}

export type Try = {
  /** The key that finds the account, known or not. */
  email_key: string;
  ip: string | undefined;
  /** The token of a browser that signed in to this account before. */
  device: string | null;
};

/**
 * Counts a try to sign in before the password is checked, so that parallel guesses are counted too. A browser that signed
 * in to the account before has a count of its own and doesn't wait. Any other one is counted by its network, and waits
 * longer the more wrong tries there were for the account. A blocked network leaves no trace of whom it tried.
 * @returns how long to wait, and a function that takes the count back after the right password
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

/**
 * Counts a letter that somebody asks for. @returns false where its address got as many as it may: it is told nobody
 * @throws RateLimited for a network that asks for too many
 */
export async function countLetter(
  db: Database,
  { email_key, ip }: { email_key: string; ip: string | undefined },
): Promise<boolean> {
  if (ip !== undefined) await countTry(db, "letters by network", networkOf(ip));
  return countTry(db, "letters", hashToken(email_key)).then(
    () => true,
    (refused: unknown) => {
      if (refused instanceof RateLimited) return false;
      throw refused;
    },
  );
}

/** Counts a letter that invites an address. @throws RateLimited where it got as many letters as it may, whoever asked for them */
export async function countInvitation(db: Database, email_key: string): Promise<void> {
  await countTry(db, "letters", hashToken(email_key), "this address gets at most 3 letters an hour");
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
