import type { ChangePasswordInput, Login, LoginTry, OwnAccount } from "@twin/contracts/account";
import { sql } from "drizzle-orm";
import { addressKey } from "../people/address-key.ts";
import type { Database } from "../postgres/connect.ts";
import { networkText } from "../postgres/network.ts";
import { statement } from "../postgres/statement.ts";
import { asActor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { changePassword } from "./accounts.ts";
import { deviceOf, deviceToken } from "./devices.ts";
import { enter } from "./enter.ts";
import { countLogin } from "./limits.ts";
import { endLinksOf } from "./links.ts";
import { endLogins } from "./logins.ts";
import { hashPassword, isPassword } from "./passwords.ts";
import type { Browser } from "./sign-in.ts";
import { hashToken } from "./tokens.ts";
import type { Member } from "./viewer.ts";

const accountTypes = {
  email: "text",
  full_name: "text",
  is_demo: "boolean",
  password_hash: "text?",
  password_changed_at: "timestamptz?",
} as const;

const wholeAccount = statement(
  "access.whole_account",
  { id: "uuid" },
  accountTypes,
  (p) => sql`
    select email, full_name, is_demo, password_hash, password_changed_at from auth.accounts where id = ${p.id}`,
  { plan: "each" },
);

const loginsOf = statement(
  "access.logins_of_account",
  { account_id: "uuid", current: "text" },
  {
    id: "text",
    user_agent: "text?",
    network: "text?",
    created_at: "timestamptz",
    last_seen_at: "timestamptz",
    is_current: "boolean",
  },
  (p) => sql`
    select s.id, s.user_agent, ${networkText(sql`s.ip`)} as network, s.created_at, s.last_seen_at,
      s.id = ${p.current} as is_current
    from auth.sessions s
    where s.user_id = ${p.account_id} and s.expires_at > now() and s.created_at > now() - interval '90 days'
    order by is_current desc, s.last_seen_at desc, s.id limit 100`,
  { plan: "each" },
);

const triesShown = 20;

const triesOf = statement(
  "access.tries_of_account",
  { account_id: "text", now: "timestamptz", shown: "int" },
  { at: "timestamptz", succeeded: "boolean", network: "text?", total: "int", failed: "int" },
  (p) => sql`
    select at, action = 'session.begin' as succeeded, ${networkText(sql`ip`)} as network,
      (count(*) over ())::int as total, (count(*) filter (where action = 'session.refuse') over ())::int as failed
    from audit_log
    where object_type = 'account' and object_id = ${p.account_id} and action in ('session.begin', 'session.refuse')
      and at > ${p.now}::timestamptz - interval '90 days'
    order by id desc limit ${p.shown}`,
  { plan: "each" },
);

/** One's own account: where it is signed in, and who tried. @param token of the session that asks */
export const readOwnAccount = (db: Database, actor: Member, token: string, now: Date): Promise<OwnAccount> =>
  inAuth(db, async (tx) => {
    const { account_id } = actor;
    const { email, full_name, is_demo, password_changed_at } = await readWhole(tx, account_id);
    const logins: Login[] = await tx.query(loginsOf({ account_id, current: hashToken(token) }));
    const rows = await asActor(tx, actor, (own) =>
      own.query(triesOf({ account_id, now: now.toISOString(), shown: triesShown })),
    );
    const tries = rows.map(({ at, succeeded, network }): LoginTry => ({ at, succeeded, network }));
    const counts = { tries_total: rows[0]?.total ?? 0, tries_failed: rows[0]?.failed ?? 0 };
    return { email, full_name, is_demo, password_changed_at, logins, tries, ...counts };
  });

async function readWhole(tx: Tx, id: string) {
  const [account] = await tx.query(wholeAccount({ id }));
  if (!account) throw new DomainError("UNAUTHORIZED", "sign in again");
  return account;
}

async function readChangeable(tx: Tx, id: string) {
  const account = await readWhole(tx, id);
  if (account.is_demo)
    throw new DomainError(
      "CONFLICT",
      "accounts of the demonstration stay as they are: whoever looks at it signs in by them",
    );
  return account;
}

const record = (tx: Tx, actor: Member, action: AuditAction, details: Record<string, unknown> = {}): Promise<void> =>
  recordAuditAs(tx, actor, { action, object_type: "account", object_id: actor.account_id, details });

const setName = statement(
  "access.rename_account",
  { id: "uuid", full_name: "text" },
  {},
  (p) => sql`update auth.accounts set full_name = ${p.full_name} where id = ${p.id}`,
  { plan: "each" },
);

/** Changes the name that others see. @throws CONFLICT for an account of the demonstration */
export const renameAccount = (db: Database, actor: Member, { full_name }: { full_name: string }): Promise<void> =>
  inAuth(db, async (tx) => {
    await readChangeable(tx, actor.account_id);
    await tx.query(setName({ id: actor.account_id, full_name }));
    await record(tx, actor, "account.rename");
  });

/**
 * Changes the password of who knows the current one. Every session of the account ends, and links to choose a password; a new
 * session begins. Guesses at the current one are counted like those of a sign-in.
 * @returns the token of the new session, and what the browser is known by next time
 * @throws BAD_REQUEST for another password than the current one; CONFLICT for an account of the demonstration; RateLimited
 */
export async function replacePassword(
  db: Database,
  actor: Member,
  { current, password }: ChangePasswordInput,
  browser: Browser,
): Promise<{ token: string; device: string }> {
  const id = actor.account_id;
  const account = await inAuth(db, (tx) => readChangeable(tx, id));
  const was = { id, password_hash: account.password_hash };
  const email_key = addressKey(account.email);
  const tries = await countLogin(db, { email_key, ip: browser.ip, device: deviceOf(db, browser.device, was) });
  if (tries.waitMs > 0) await browser.wait(tries.waitMs);
  if (!(await isPassword(was.password_hash, current)))
    throw new DomainError("BAD_REQUEST", "this isn't your current password", { path: "current" });
  await tries.succeeded();
  const password_hash = await hashPassword(password);
  return inAuth(db, async (tx) => {
    const now = await readChangeable(tx, id);
    if (now.password_hash !== was.password_hash)
      throw new DomainError("CONFLICT", "the password was changed meanwhile: sign in by the new one");
    await tx.query(changePassword({ id, password_hash }));
    await tx.query(endLinksOf({ account_id: id }));
    await endLogins(tx, id);
    await record(tx, actor, "account.change_password");
    return { token: await enter(tx, id, actor.org_id, browser), device: deviceToken(db, { id, password_hash }) };
  });
}

const removeLogin = statement(
  "access.end_own_login",
  { id: "text", account_id: "uuid" },
  { id: "text" },
  (p) => sql`delete from auth.sessions where id = ${p.id} and user_id = ${p.account_id} returning id`,
  { plan: "each" },
);

/** Ends one session of one's account. @throws NOT_FOUND unless it is one's own and goes on */
export const endOwnLogin = (db: Database, actor: Member, { id }: { id: string }): Promise<void> =>
  inAuth(db, async (tx) => {
    const ended = await tx.query(removeLogin({ id, account_id: actor.account_id }));
    if (ended.length === 0) throw new DomainError("NOT_FOUND", "this session has ended already", { path: "id" });
    await record(tx, actor, "session.end");
  });

const removeOthers = statement(
  "access.end_other_logins",
  { current: "text", account_id: "uuid" },
  { id: "text" },
  (p) => sql`delete from auth.sessions where user_id = ${p.account_id} and id <> ${p.current} returning id`,
  { plan: "each" },
);

/** Ends every session of one's account but the one that asks. @returns how many */
export const endOtherLogins = (db: Database, actor: Member, token: string): Promise<number> =>
  inAuth(db, async (tx) => {
    const ended = await tx.query(removeOthers({ current: hashToken(token), account_id: actor.account_id }));
    if (ended.length > 0) await record(tx, actor, "session.end_others", { ended: ended.length });
    return ended.length;
  });
