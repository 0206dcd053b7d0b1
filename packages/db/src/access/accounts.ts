import { randomUUID } from "node:crypto";
import type { Role } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "../people/address-key.ts";
import { hashPassword } from "./passwords.ts";
import { statement } from "../postgres/statement.ts";

/** `password_hash` null: the account chooses its password by a link. */
export type NewAccount = { email: string; full_name: string; password_hash: string | null; is_demo?: boolean };

const addAccount = statement(
  "access.add_account",
  { id: "uuid", email: "text", email_key: "text", full_name: "text", password_hash: "text?", is_demo: "boolean" },
  { id: "uuid" },
  (p) => sql`
    insert into auth.accounts (id, email, email_key, full_name, password_hash, is_demo)
    values (${p.id}, ${p.email}, ${p.email_key}, ${p.full_name}, ${p.password_hash}, ${p.is_demo})
    on conflict (email_key) do nothing returning id`,
  { plan: "each" },
);

/** @returns the new account's id; null where the address is taken, also by a transaction that committed just now */
async function tryInsertAccount(
  tx: Tx,
  { email, full_name, password_hash, is_demo = false }: NewAccount,
): Promise<string | null> {
  const email_key = addressKey(email);
  const [row] = await tx.query(addAccount({ id: randomUUID(), email, email_key, full_name, password_hash, is_demo }));
  return row?.id ?? null;
}

/** Adds an account. @returns its id @throws CONFLICT where the address is taken */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<string> {
  const id = await tryInsertAccount(tx, account);
  if (id === null) throw new DomainError("CONFLICT", "this address has an account already", { path: "email" });
  return id;
}

/** Gives an account another password. */
export const changePassword = statement(
  "access.set_password",
  { id: "uuid", password_hash: "text" },
  {},
  (p) =>
    sql`update auth.accounts set password_hash = ${p.password_hash}, password_changed_at = now() where id = ${p.id}`,
  { plan: "each" },
);

/** Notes that an account answered a mail to its address. */
export const verifyAddress = statement(
  "access.verify_address",
  { id: "uuid" },
  {},
  (p) => sql`update auth.accounts set verified_at = now() where id = ${p.id}`,
  { plan: "each" },
);

const accountIdByAddress = statement(
  "access.account_id_by_address",
  { email_key: "text" },
  { id: "uuid" },
  (p) => sql`select id from auth.accounts where email_key = ${p.email_key}`,
  { plan: "each" },
);

async function readAccountId(tx: Tx, email: string): Promise<string> {
  const [row] = await tx.query(accountIdByAddress({ email_key: addressKey(email) }));
  if (!row) throw new DomainError("CONFLICT", "this account was removed just now: try again", { path: "email" });
  return row.id;
}

const demoAccountElsewhere = statement(
  "access.demo_account_elsewhere",
  { account_id: "uuid", org_id: "int" },
  {},
  (p) => sql`
    select from auth.accounts a join auth.organizations o on o.id = ${p.org_id}
    where a.id = ${p.account_id} and a.is_demo and not o.is_demo`,
  { plan: "each" },
);

const setMember = statement(
  "access.set_membership",
  { account_id: "uuid", org_id: "int", role: "text", content_read: "boolean", titles_read: "boolean" },
  { role: "text" },
  (p) => sql`
    insert into auth.memberships as m (account_id, org_id, role, content_read, titles_read)
    values (${p.account_id}, ${p.org_id}, ${p.role}, ${p.content_read}, ${p.titles_read})
    on conflict (account_id, org_id) do update
      set role = excluded.role, content_read = excluded.content_read, titles_read = excluded.titles_read, deactivated_at = null
      where (m.role, m.content_read, m.titles_read, m.deactivated_at)
        is distinct from (excluded.role, excluded.content_read, excluded.titles_read, null::timestamptz)
    returning role`,
  { plan: "each" },
);

/** What a member may: their role, and what is granted to them by name beside it. */
export type Rights = { role: Role; content_read?: boolean; titles_read?: boolean };

/**
 * Makes an account a member of the actor's organisation, or changes what it is there.
 * @throws CONFLICT where an account of the demonstration, whose password is published, would enter another organisation
 */
export const setMembership = async (
  tx: Tx,
  actor: Actor,
  account_id: string,
  { role, content_read = false, titles_read = false }: Rights,
): Promise<void> => {
  const { org_id } = actor;
  const mixed = await tx.query(demoAccountElsewhere({ account_id, org_id }));
  if (mixed.length > 0)
    throw new DomainError(
      "CONFLICT",
      "this account belongs to the demonstration, whose passwords are published: use an address of your own",
      { path: "email" },
    );
  const changed = await tx.query(setMember({ account_id, org_id, role, content_read, titles_read }));
  if (changed.length === 0) return;
  const details = { role, content_read, titles_read };
  await recordAuditAs(tx, actor, { action: "member.set", object_type: "account", object_id: account_id, details });
};

const anyAccount = statement("access.any_account", {}, {}, () => sql`select from auth.accounts limit 1`, {
  plan: "each",
});

/** Whether anyone has an account, of the demonstration or not. */
export const hasAccount = async (tx: Tx): Promise<boolean> => (await tx.query(anyAccount({}))).length > 0;

export type NewMember = Rights & {
  email: string;
  full_name?: string;
  password?: string;
  is_demo?: boolean;
};

type Joined = { account_id: string; /** Whether it can sign in. */ has_password: boolean };

const accountHasPassword = statement(
  "access.account_has_password",
  { id: "uuid" },
  { has_password: "boolean" },
  (p) => sql`select password_hash is not null as has_password from auth.accounts where id = ${p.id}`,
  { plan: "each" },
);

/** `addMember` as a part of its caller's transaction. */
export async function joinOrganization(
  tx: Tx,
  actor: Actor,
  member: Omit<NewMember, "password"> & { password_hash: string | null },
): Promise<Joined> {
  const { email, full_name = email.split("@")[0] ?? email, password_hash, is_demo = false } = member;
  const made = await tryInsertAccount(tx, { email, full_name, password_hash, is_demo });
  const account_id = made ?? (await readAccountId(tx, email));
  await setMembership(tx, actor, account_id, member);
  const [held] = await tx.query(accountHasPassword({ id: account_id }));
  return { account_id, has_password: held!.has_password };
}

/**
 * Gives an address a place in the actor's organisation. An account that exists keeps its name and password; else one is made, with
 * the given password, or none until it is chosen by a link.
 * @throws CONFLICT where an account of the demonstration would enter another organisation
 */
export async function addMember(db: Database, actor: Actor, { password, ...member }: NewMember): Promise<Joined> {
  const password_hash = password === undefined ? null : await hashPassword(password);
  return inAuth(db, (tx) => joinOrganization(tx, actor, { ...member, password_hash }));
}
