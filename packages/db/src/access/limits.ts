import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { inAuth, type Tx } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { hashToken } from "./tokens.ts";

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
// An address may be a whole office, so it gets more tries than an account; both count failures alone.
const rules = {
  account: { points: 10, duration: quarterHour, blockDuration: quarterHour },
  address: { points: 50, duration: quarterHour, blockDuration: quarterHour },
};

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

export type SignInLimits = { succeeded(): Promise<void> };

/**
 * Counts a try to sign in against its account, known or not, and its address, before the password is looked at, so that
 * parallel guesses are counted too. `succeeded` takes it back.
 * @throws RateLimited
 */
export async function countSignIn(db: Database, email: string, ip: string | undefined): Promise<SignInLimits> {
  const counted = [
    { rule: rules.account, on: limiter(db, "account"), key: hashToken(email.toLowerCase()) },
    ...(ip ? [{ rule: rules.address, on: limiter(db, "address"), key: ip }] : []),
  ];
  for (const { on, key, rule } of counted) {
    await on.consume(key).catch((refused: unknown) => {
      throw refused instanceof RateLimiterRes ? new RateLimited(rule.points, refused.msBeforeNext) : refused;
    });
  }
  return {
    async succeeded() {
      for (const { on, key, rule } of counted) await (rule === rules.account ? on.delete(key) : on.reward(key));
    },
  };
}

/** Deletes counts that ended an hour ago. */
export const clearLimits = async (tx: Tx, now: Date): Promise<void> => {
  await tx.query({ text: "delete from auth.rate_limits where expire < $1", values: [now.getTime() - 3_600_000] });
};
