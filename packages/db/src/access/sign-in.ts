import type { SignInInput } from "@twin/contracts/access";
import { inAuth } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { clearLimits, countSignIn } from "./limits.ts";
import { isPassword } from "./passwords.ts";
import { beginSession, clearSessions, endSession, endSessions, type Origin } from "./sessions.ts";

/**
 * Signs in by password. An unknown address and a wrong password give the same answer in the same time.
 * @param previous token of the session that the browser came with; it ends, so that no fixed token survives
 * @returns the token of a new session
 * @throws UNAUTHORIZED, FORBIDDEN for an account without organisation, RateLimited
 */
export async function signIn(
  db: Database,
  input: SignInInput,
  origin: Origin,
  previous?: string,
): Promise<{ token: string }> {
  const limits = await countSignIn(db, input.email, origin.ip);
  const account = await inAuth(db, async (tx) => {
    const [row] = await tx.query<{ id: string; password_hash: string | null; org_id: number | null }>({
      text: `select a.id, a.password_hash,
               (select m.org_id from auth.memberships m where m.account_id = a.id order by m.created_at, m.org_id limit 1) as org_id
             from auth.accounts a where a.email_key = lower($1)`,
      values: [input.email],
    });
    return row;
  });
  if (!(await isPassword(account?.password_hash ?? null, input.password)) || !account) {
    throw new DomainError("UNAUTHORIZED", "e-mail address or password is wrong");
  }
  await limits.succeeded();
  const { id, org_id } = account;
  if (org_id === null) throw new DomainError("FORBIDDEN", "this account belongs to no organisation");
  return inAuth(db, async (tx) => {
    if (previous) await endSession(tx, previous);
    // Whoever comes in sweeps out what has ended, so that neither table grows with the years.
    await clearSessions(tx);
    await clearLimits(tx, new Date());
    return { token: await beginSession(tx, id, org_id, origin) };
  });
}

/** Ends the session of a token. */
export const signOut = (db: Database, token: string): Promise<void> => inAuth(db, (tx) => endSession(tx, token));

/** Ends every session of an account, this one too. */
export const signOutEverywhere = (db: Database, account_id: string): Promise<void> =>
  inAuth(db, (tx) => endSessions(tx, account_id));
