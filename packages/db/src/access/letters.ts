import { Letter } from "@twin/contracts/mail";
import { sql } from "drizzle-orm";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { addressKey } from "../people/address-key.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { inAuth, type Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { open, seal } from "../tenancy/encryption/cipher.ts";
import { keyEncryptionKeyOf } from "../tenancy/encryption/key-encryption-key.ts";
import { DomainError } from "../tenancy/errors.ts";
import { countLetter } from "./limits.ts";
import { makeMailedLink } from "./links.ts";

const place = "mail/send";

/** A letter as the job that sends it carries it. */
function sealLetter(db: Database, letter: Letter): string {
  const { key, version } = keyEncryptionKeyOf(db);
  return seal(key, version, place, Buffer.from(JSON.stringify(letter))).toString("base64");
}

/** The letter that a job carries. @throws where the key is another one */
export const openLetter = (db: Database, sealed: string): Letter =>
  Letter.parse(JSON.parse(open(keyEncryptionKeyOf(db).key, place, Buffer.from(sealed, "base64")).toString()));

/** Queues a letter in the caller's transaction. @param org_id whose operators see its job; null: nobody's */
export const queueLetter = (tx: Tx, db: Database, letter: Letter, org_id: number | null): Promise<void> =>
  enqueueWithin(tx, place, { sealed: sealLetter(db, letter), ...(org_id !== null && { org_id }) });

/**
 * Has a letter sent to an address by which its account chooses a new password. The answer, and its time, are the same whether
 * the address has an account: the job looks. An address gets three letters an hour at most.
 * @throws CONFLICT where this server sends no mail; RateLimited
 */
export async function askPasswordLetter(
  db: Database,
  { email }: { email: string },
  { mail, ip }: { mail: boolean; ip?: string | undefined },
): Promise<void> {
  if (!mail)
    throw new DomainError("CONFLICT", "this server sends no mail: ask whoever runs it for a link to choose a password");
  if (!(await countLetter(db, { email_key: addressKey(email), ip }))) return;
  await inAuth(db, (tx) => queueLetter(tx, db, { kind: "password", to: email }, null));
}

const accountForLetter = statement(
  "access.account_for_letter",
  { email_key: "text" },
  { id: "uuid", email: "text", full_name: "text", org_id: "int?" },
  (p) => sql`
    select a.id, a.email, a.full_name,
      (select m.org_id from auth.memberships m where m.account_id = a.id and m.deactivated_at is null order by m.created_at, m.org_id limit 1) as org_id
    from auth.accounts a where a.email_key = ${p.email_key} and not a.is_demo`,
  { plan: "each" },
);

/**
 * The link of a letter to an address, for an hour; an earlier one ends.
 * @returns null for an address without an account, or with one that may enter nowhere or is the demonstration's
 */
export const linkForLetter = (
  db: Database,
  email: string,
  request_id: string,
): Promise<{ to: string; full_name: string; token: string } | null> =>
  inAuth(db, async (tx) => {
    const [account] = await tx.query(accountForLetter({ email_key: addressKey(email) }));
    if (!account || account.org_id === null) return null;
    const { id, org_id, full_name } = account;
    const actor = { kind: "system", org_id, job: place, request_id } as const;
    await recordAuditAs(tx, actor, { action: "account.make_password_link", object_type: "account", object_id: id });
    return { to: account.email, full_name, token: await makeMailedLink(tx, id) };
  });
