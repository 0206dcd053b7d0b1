import type { SignInInput } from "@twin/contracts/access";
import { sql } from "drizzle-orm";
import { inAuth, type Tx } from "../tenancy/actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "../people/address-key.ts";
import { deviceOf, deviceToken } from "./devices.ts";
import { enter, type Entrance } from "./enter.ts";
import { clearLimits, countLogin } from "./limits.ts";
import { isPassword } from "./passwords.ts";
import { clearLogins, endLogin, endLogins } from "./logins.ts";
import type { Member } from "./viewer.ts";
import { statement } from "../postgres/statement.ts";

/** The browser that signs in. */
export type Browser = Entrance & {
  /** Token of the session that it came with. That session ends, so that a token planted before sign-in is of no use. */
  previous?: string | undefined;
  /** The device token that it kept from an earlier sign-in. */
  device?: string | undefined;
  /** Delays a guess. @param ms how long */
  wait(ms: number): Promise<void>;
};

const accountOfAddress = statement(
  "access.account_to_sign_in",
  { email_key: "text" },
  { id: "uuid", password_hash: "text?", org_id: "int?" },
  (p) => sql`
    select a.id, a.password_hash,
      (select m.org_id from auth.memberships m where m.account_id = a.id and m.deactivated_at is null order by m.created_at, m.org_id limit 1) as org_id
    from auth.accounts a where a.email_key = ${p.email_key}`,
  { plan: "each" },
);

/**
 * Signs in by password. An unknown address and a wrong password give the same answer in the same time.
 * @returns the token of a new session, and what the browser is known by next time
 * @throws UNAUTHORIZED, FORBIDDEN for an account without organisation, RateLimited
 */
export async function signIn(
  db: Database,
  input: SignInInput,
  browser: Browser,
): Promise<{ token: string; device: string }> {
  const email_key = addressKey(input.email);
  const account = await inAuth(db, async (tx) => {
    // Each try deletes counts that have ended, so that guesses from many networks leave no rows behind.
    await clearLimits(tx, new Date());
    const [row] = await tx.query(accountOfAddress({ email_key }));
    return row;
  });
  const device = deviceOf(db, browser.device, account);
  const tries = await countLogin(db, { email_key, ip: browser.ip, device });
  if (tries.waitMs > 0) await browser.wait(tries.waitMs);
  if (!(await isPassword(account?.password_hash ?? null, input.password)) || !account) {
    noteRefused(db, account, browser);
    throw new DomainError("UNAUTHORIZED", "e-mail address or password is wrong");
  }
  await tries.succeeded();
  const { id, org_id } = account;
  if (org_id === null)
    throw new DomainError("FORBIDDEN", "this account belongs to no organisation: ask an owner to add it");
  const token = await inAuth(db, async (tx) => {
    if (browser.previous) await endLogin(tx, browser.previous);
    await clearLogins(tx);
    return enter(tx, id, org_id, browser);
  });
  return { token, device: deviceToken(db, account) };
}

/**
 * Writes a wrong password down, for whose account it is. The answer doesn't wait for it, or its time would tell which accounts
 * exist; so where this can't be written the try is refused without a row.
 */
function noteRefused(
  db: Database,
  account: { id: string; org_id: number | null } | undefined,
  { request_id, ip }: Browser,
): void {
  if (!account || account.org_id === null) return;
  const { id, org_id } = account;
  const job = { kind: "system", org_id, job: "access/sign-in", request_id, ...(ip !== undefined && { ip }) } as const;
  const entry = { action: "session.refuse", object_type: "account", object_id: id } as const;
  inAuth(db, (tx) => recordAuditAs(tx, job, entry)).catch(() => {});
}

/** Ends the session of a token. */
export const signOut = (db: Database, actor: Member, token: string): Promise<void> =>
  inAuth(db, async (tx) => {
    await endLogin(tx, token);
    await note(tx, actor, "session.end");
  });

/** Ends every session of an account, this one too. */
export const signOutEverywhere = (db: Database, actor: Member): Promise<void> =>
  inAuth(db, async (tx) => {
    await endLogins(tx, actor.account_id);
    await note(tx, actor, "session.end_all");
  });

const note = (tx: Tx, actor: Member, action: AuditAction): Promise<void> =>
  recordAuditAs(tx, actor, { action, object_type: "account", object_id: actor.account_id });
