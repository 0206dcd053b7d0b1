import { randomUUID } from "node:crypto";
import type { Role } from "@twin/contracts/vocabulary";
import { inAuth, type Tx } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { addressKey } from "../people/address-key.ts";
import { hashPassword } from "./passwords.ts";
import { randomText } from "./tokens.ts";

export type NewAccount = { email: string; full_name: string; password_hash: string };

/** @returns the new account's id; null where the address is taken, also by a transaction that committed just now */
async function tryInsertAccount(tx: Tx, { email, full_name, password_hash }: NewAccount): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>({
    text: `insert into auth.accounts (id, email, email_key, full_name, password_hash)
           values ($1, $2, $3, $4, $5) on conflict (email_key) do nothing returning id`,
    values: [randomUUID(), email, addressKey(email), full_name, password_hash],
  });
  return row?.id ?? null;
}

/** Adds an account. @returns its id @throws CONFLICT where the address is taken */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<string> {
  const id = await tryInsertAccount(tx, account);
  if (id === null) throw new DomainError("CONFLICT", "this address has an account already", { path: "email" });
  return id;
}

async function readAccountId(tx: Tx, email: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>({
    text: "select id from auth.accounts where email_key = $1",
    values: [addressKey(email)],
  });
  if (!row) throw new DomainError("CONFLICT", "this account was removed just now: try again", { path: "email" });
  return row.id;
}

/** Makes an account a member of an organisation, or changes what it is there. */
export const setMembership = async (
  tx: Tx,
  account_id: string,
  org_id: number,
  role: Role,
  contentRead = false,
): Promise<void> => {
  await tx.query({
    text: `insert into auth.memberships (account_id, org_id, role, content_read) values ($1, $2, $3, $4)
           on conflict (account_id, org_id) do update set role = excluded.role, content_read = excluded.content_read`,
    values: [account_id, org_id, role, contentRead],
  });
};

/** The address of whoever signed up first; null while nobody has. */
export async function findFirstAccount(db: Database): Promise<string | null> {
  const [first] = await inAuth(db, (tx) =>
    tx.query<{ email: string }>({ text: "select email from auth.accounts order by created_at, id limit 1" }),
  );
  return first?.email ?? null;
}

export type NewMember = {
  org_id: number;
  email: string;
  full_name?: string;
  role: Role;
  password?: string;
  content_read?: boolean;
};

/**
 * Gives an address a place in an organisation. An account that exists keeps its name and password; else one is made,
 * with the given password or one to be told to its owner once.
 */
export async function addMember(
  db: Database,
  member: NewMember,
): Promise<{ account_id: string; one_time_password: string | null }> {
  const { org_id, email, full_name = email.split("@")[0] ?? email, role, content_read = false } = member;
  const password = member.password ?? randomText(20);
  const password_hash = await hashPassword(password);
  return inAuth(db, async (tx) => {
    const made = await tryInsertAccount(tx, { email, full_name, password_hash });
    const account_id = made ?? (await readAccountId(tx, email));
    await setMembership(tx, account_id, org_id, role, content_read);
    return { account_id, one_time_password: made && !member.password ? password : null };
  });
}
