import { inAuth, type Tx } from "../tenancy/actor.ts";
import { type AuditEntry, recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "../people/address-key.ts";
import { hasAccount } from "./accounts.ts";
import { deviceToken } from "./devices.ts";
import { enter, type Entrance, entrantOf } from "./enter.ts";
import { hashPassword } from "./passwords.ts";
import { endSessions } from "./sessions.ts";
import { hashToken, newToken } from "./tokens.ts";

const days = { setup: 7, password: 7 } as const;
type Kind = keyof typeof days;

/** A fresh link of its kind; earlier ones of the same account, or for the same purpose, end. @returns its token */
async function makeLink(tx: Tx, kind: Kind, account_id: string | null): Promise<string> {
  const token = newToken();
  await tx.query({
    text: "delete from auth.links where expires_at < now() or (kind = $1 and account_id is not distinct from $2::uuid)",
    values: [kind, account_id],
  });
  await tx.query({
    text: "insert into auth.links (id, kind, account_id, expires_at) values ($1, $2, $3, now() + $4::int * interval '1 day')",
    values: [hashToken(token), kind, account_id, days[kind]],
  });
  return token;
}

/**
 * The token of the link that the first owner is created by; the one before ends. Who holds it owns the installation, so it
 * is printed for a person and written nowhere.
 * @returns null once any account exists
 */
export const makeSetupLink = (db: Database): Promise<string | null> =>
  inAuth(db, async (tx) => {
    return (await hasAccount(tx)) ? null : makeLink(tx, "setup", null);
  });

/** Whether a token is that of the set-up link. */
export const isSetupLink = async (tx: Tx, token: string): Promise<boolean> =>
  (
    await tx.query({
      text: "select from auth.links where id = $1 and kind = 'setup' and expires_at > now()",
      values: [hashToken(token)],
    })
  ).length > 0;

/** There is an owner: nothing is to be set up any more. */
export const endSetupLinks = async (tx: Tx): Promise<void> => {
  await tx.query({ text: "delete from auth.links where kind = 'setup'" });
};

/**
 * The token of a link by which an account chooses its password; earlier ones end.
 * @throws NOT_FOUND for an unknown address; CONFLICT for an account of the demonstration
 */
export const makePasswordLink = (db: Database, email: string): Promise<string> =>
  inAuth(db, async (tx) => {
    const [account] = await tx.query<{ id: string; is_demo: boolean }>({
      text: "select id, is_demo from auth.accounts where email_key = $1",
      values: [addressKey(email)],
    });
    if (!account) throw new DomainError("NOT_FOUND", `nobody signs in with ${email}`, { path: "email" });
    if (account.is_demo)
      throw new DomainError(
        "CONFLICT",
        "passwords of the demonstration are printed at its start and stay as they are",
        {
          path: "email",
        },
      );
    return makeLink(tx, "password", account.id);
  });

/** Whether somebody of this address can sign in. */
export const hasPassword = (db: Database, email: string): Promise<boolean> =>
  inAuth(db, async (tx) => {
    const held = await tx.query({
      text: "select from auth.accounts where email_key = $1 and password_hash is not null",
      values: [addressKey(email)],
    });
    return held.length > 0;
  });

const ended = () =>
  new DomainError("NOT_FOUND", "this link was used or has ended: ask whoever sent it for another one", {
    path: "token",
  });

type Linked = { id: string; email: string; org_id: number | null };
const readLinked = async (tx: Tx, token: string): Promise<Linked> => {
  const [account] = await tx.query<Linked>({
    text: `select a.id, a.email,
             (select m.org_id from auth.memberships m where m.account_id = a.id order by m.created_at, m.org_id limit 1) as org_id
           from auth.links l join auth.accounts a on a.id = l.account_id
           where l.id = $1 and l.kind = 'password' and l.expires_at > now() for update of l`,
    values: [hashToken(token)],
  });
  if (!account) throw ended();
  return account;
};

/** Whose password a link is for. @throws NOT_FOUND for one that was used or has ended */
export const readPasswordLink = (db: Database, { token }: { token: string }): Promise<{ email: string }> =>
  inAuth(db, async (tx) => ({ email: (await readLinked(tx, token)).email }));

/**
 * Gives an account the password that it chose by a link, ends all of its sessions and begins one.
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
    const { id, org_id } = await readLinked(tx, token);
    if (org_id === null) throw new DomainError("FORBIDDEN", "this account belongs to no organisation");
    await tx.query({ text: "delete from auth.links where account_id = $1", values: [id] });
    await tx.query({ text: "update auth.accounts set password_hash = $2 where id = $1", values: [id, password_hash] });
    await endSessions(tx, id);
    const entry: AuditEntry = { action: "account.set_password", object_type: "account", object_id: id };
    await recordAuditAs(tx, await entrantOf(tx, id, org_id, entrance), entry);
    return {
      token: await enter(tx, id, org_id, entrance),
      device: deviceToken(db, { id, password_hash }),
    };
  });
}
