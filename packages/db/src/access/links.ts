import { sql } from "drizzle-orm";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import { type AuditEntry, recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "../people/address-key.ts";
import { changePassword, hasAccount, verifyAddress } from "./accounts.ts";
import { deviceToken } from "./devices.ts";
import { enter, type Entrance, entrantOf } from "./enter.ts";
import { hashPassword } from "./passwords.ts";
import { endLogins } from "./logins.ts";
import { hashToken, newToken } from "./tokens.ts";
import { statement } from "../postgres/statement.ts";

type Kind = "setup" | "password";
/** One that somebody sends, and one that comes by mail at once. */
const hours = { sent: 7 * 24, mailed: 1 };

const endLinks = statement(
  "access.end_links_before_a_new_one",
  { kind: "text", account_id: "uuid?" },
  {},
  (p) => sql`
    delete from auth.links
    where expires_at < now() or (kind = ${p.kind} and account_id is not distinct from ${p.account_id})`,
  { plan: "each" },
);

const addLink = statement(
  "access.add_link",
  { id: "text", kind: "text", account_id: "uuid?", mailed: "boolean", hours: "int" },
  {},
  (p) => sql`
    insert into auth.links (id, kind, account_id, mailed, expires_at)
    values (${p.id}, ${p.kind}, ${p.account_id}, ${p.mailed}, now() + ${p.hours} * interval '1 hour')`,
  { plan: "each" },
);

/** Makes a link; earlier ones of this kind for the same account end. @returns its token */
async function makeLink(tx: Tx, kind: Kind, account_id: string | null, mailed = false): Promise<string> {
  const token = newToken();
  await tx.query(endLinks({ kind, account_id }));
  const lasts = mailed ? hours.mailed : hours.sent;
  await tx.query(addLink({ id: hashToken(token), kind, account_id, mailed, hours: lasts }));
  return token;
}

/**
 * Makes a link by which an account chooses its password, for a mail to its own address that nobody else sees; earlier ones end.
 * @returns its token
 */
export const makeMailedLink = (tx: Tx, account_id: string): Promise<string> =>
  makeLink(tx, "password", account_id, true);

/**
 * Makes the link by which the first owner is created; an earlier one ends. Whoever holds its token can own the
 * installation, so it is printed for a person, and stored as a hash only.
 * @returns its token; null once any account exists
 */
export const makeSetupLink = (db: Database): Promise<string | null> =>
  inAuth(db, async (tx) => {
    return (await hasAccount(tx)) ? null : makeLink(tx, "setup", null);
  });

const findSetupLink = statement(
  "access.find_setup_link",
  { id: "text" },
  {},
  (p) => sql`select from auth.links where id = ${p.id} and kind = 'setup' and expires_at > now()`,
  { plan: "each" },
);

/** Whether a token is that of the set-up link. */
export const isSetupLink = async (tx: Tx, token: string): Promise<boolean> =>
  (await tx.query(findSetupLink({ id: hashToken(token) }))).length > 0;

const endSetup = statement("access.end_setup_links", {}, {}, () => sql`delete from auth.links where kind = 'setup'`, {
  plan: "each",
});

/** Ends set-up links: there is an owner now. */
export const endSetupLinks = async (tx: Tx): Promise<void> => {
  await tx.query(endSetup({}));
};

const accountByAddress = statement(
  "access.account_by_address",
  { email_key: "text" },
  { id: "uuid", is_demo: "boolean" },
  (p) => sql`select id, is_demo from auth.accounts where email_key = ${p.email_key}`,
  { plan: "each" },
);

/**
 * Makes a link by which an account chooses its password; earlier ones end. Writes an audit row in the actor's organisation.
 * @returns its token
 * @throws NOT_FOUND for an unknown address; CONFLICT for an account of the demonstration
 */
export const makePasswordLink = (db: Database, actor: Actor, email: string): Promise<string> =>
  inAuth(db, async (tx) => {
    const [account] = await tx.query(accountByAddress({ email_key: addressKey(email) }));
    if (!account) throw new DomainError("NOT_FOUND", `no account has the address ${email}`, { path: "email" });
    if (account.is_demo)
      throw new DomainError(
        "CONFLICT",
        "passwords of the demonstration are printed at its start and stay as they are",
        {
          path: "email",
        },
      );
    const entry: AuditEntry = { action: "account.make_password_link", object_type: "account", object_id: account.id };
    await recordAuditAs(tx, actor, entry);
    return makeLink(tx, "password", account.id);
  });

const passwordByAddress = statement(
  "access.password_by_address",
  { email_key: "text" },
  {},
  (p) => sql`select from auth.accounts where email_key = ${p.email_key} and password_hash is not null`,
  { plan: "each" },
);

/** Whether there is an account with this address and a password. */
export const hasPassword = (db: Database, email: string): Promise<boolean> =>
  inAuth(db, async (tx) => {
    const held = await tx.query(passwordByAddress({ email_key: addressKey(email) }));
    return held.length > 0;
  });

const ended = () =>
  new DomainError("NOT_FOUND", "this link was used or has ended: ask whoever sent it for another one", {
    path: "token",
  });

const linkedAccount = statement(
  "access.linked_account",
  { id: "text" },
  { id: "uuid", email: "text", mailed: "boolean", org_id: "int?" },
  (p) => sql`
    select a.id, a.email, l.mailed,
      (select m.org_id from auth.memberships m where m.account_id = a.id and m.deactivated_at is null order by m.created_at, m.org_id limit 1) as org_id
    from auth.links l join auth.accounts a on a.id = l.account_id
    where l.id = ${p.id} and l.kind = 'password' and l.expires_at > now() for update of l`,
  { plan: "each" },
);

const readLinked = async (tx: Tx, token: string) => {
  const [account] = await tx.query(linkedAccount({ id: hashToken(token) }));
  if (!account) throw ended();
  return account;
};

/** The address of the account that a link is for. @throws NOT_FOUND for a link that was used or has ended */
export const readPasswordLink = (db: Database, { token }: { token: string }): Promise<{ email: string }> =>
  inAuth(db, async (tx) => ({ email: (await readLinked(tx, token)).email }));

/** Ends the links of an account. */
export const endLinksOf = statement(
  "access.end_links_of_account",
  { account_id: "uuid" },
  {},
  (p) => sql`delete from auth.links where account_id = ${p.account_id}`,
  { plan: "each" },
);

/**
 * Sets the password that an account chose by a link, ends all of its sessions and begins one.
 * @throws NOT_FOUND for a link that was used or has ended; FORBIDDEN for an account without organisation
 */
export async function setPassword(
  db: Database,
  { token, password }: { token: string; password: string },
  entrance: Entrance,
): Promise<{ token: string; device: string }> {
  await readPasswordLink(db, { token });
  const password_hash = await hashPassword(password);
  return inAuth(db, async (tx) => {
    const { id, org_id, mailed } = await readLinked(tx, token);
    if (org_id === null)
      throw new DomainError("FORBIDDEN", "this account belongs to no organisation: ask an owner to add it");
    await tx.query(endLinksOf({ account_id: id }));
    await tx.query(changePassword({ id, password_hash }));
    if (mailed) await tx.query(verifyAddress({ id }));
    await endLogins(tx, id);
    const entry: AuditEntry = { action: "account.set_password", object_type: "account", object_id: id };
    await recordAuditAs(tx, await entrantOf(tx, id, org_id, entrance), entry);
    return {
      token: await enter(tx, id, org_id, entrance),
      device: deviceToken(db, { id, password_hash }),
    };
  });
}
