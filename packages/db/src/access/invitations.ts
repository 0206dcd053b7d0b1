import { type AcceptInput, type Invitation, type Invited, type InviteInput } from "@twin/contracts/members";
import { NewPassword } from "@twin/contracts/access";
import type { Role } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { addressKey } from "../people/address-key.ts";
import type { Database } from "../postgres/connect.ts";
import { only, statement } from "../postgres/statement.ts";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { changePassword, insertAccount, setMembership, verifyAddress } from "./accounts.ts";
import { deviceOf, deviceToken } from "./devices.ts";
import { enter, entrantOf } from "./enter.ts";
import { queueLetter } from "./letters.ts";
import { countInvitation, countLogin } from "./limits.ts";
import { checkGrants, checkMayAppoint } from "./rights.ts";
import { hashPassword, isPassword } from "./passwords.ts";
import type { Browser } from "./sign-in.ts";
import { endLogin } from "./logins.ts";
import { hashToken, newToken } from "./tokens.ts";

/** An invitation ends after so many days. */
export const invitationDays = 7;

const invitationTypes = {
  id: "text",
  email: "text",
  role: only<Role>("text"),
  content_read: "boolean",
  titles_read: "boolean",
  invited_by: "text?",
  created_at: "timestamptz",
  expires_at: "timestamptz",
} as const;
const columns = sql.raw(`i.id, i.email, i.role, i.content_read, i.titles_read, a.full_name as invited_by, i.created_at,
  i.expires_at`);

const open = statement(
  "access.open_invitations",
  { org_id: "int" },
  invitationTypes,
  (p) => sql`
    select ${columns} from auth.invitations i left join auth.accounts a on a.id = i.invited_by
    where i.org_id = ${p.org_id} and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    order by i.created_at desc, i.id`,
  { plan: "each" },
);

/** The invitations into the actor's organisation that can still be accepted, newest first. */
export const openInvitations = (tx: Tx, { org_id }: Actor): Promise<Invitation[]> => tx.query(open({ org_id }));

const isMember = statement(
  "access.is_member_by_address",
  { org_id: "int", email_key: "text" },
  {},
  (p) => sql`
    select from auth.memberships m join auth.accounts a on a.id = m.account_id
    where m.org_id = ${p.org_id} and a.email_key = ${p.email_key}`,
  { plan: "each" },
);

const endEarlier = statement(
  "access.end_earlier_invitations",
  { org_id: "int", email_key: "text" },
  {},
  (p) => sql`
    update auth.invitations set revoked_at = now()
    where org_id = ${p.org_id} and email_key = ${p.email_key} and accepted_at is null and revoked_at is null`,
  { plan: "each" },
);

const add = statement(
  "access.add_invitation",
  {
    id: "text",
    org_id: "int",
    email: "text",
    email_key: "text",
    role: "text",
    content_read: "boolean",
    titles_read: "boolean",
    invited_by: "uuid?",
    mailed: "boolean",
    days: "int",
  },
  invitationTypes,
  (p) => sql`
    with i as (
      insert into auth.invitations (id, org_id, email, email_key, role, content_read, titles_read, invited_by, mailed, expires_at)
      values (${p.id}, ${p.org_id}, ${p.email}, ${p.email_key}, ${p.role}, ${p.content_read}, ${p.titles_read},
        ${p.invited_by}, ${p.mailed}, now() + ${p.days} * interval '1 day')
      returning *
    )
    select ${columns} from i left join auth.accounts a on a.id = i.invited_by`,
  { plan: "each" },
);

const organizationOf = statement(
  "access.organization_that_invites",
  { org_id: "int" },
  { name: "text", is_demo: "boolean" },
  (p) => sql`select name, is_demo from auth.organizations where id = ${p.org_id}`,
  { plan: "each" },
);

/**
 * The name that invitations of the actor's organisation bear, and whether they go by mail: whoever knows the published password
 * of a demonstration sends no letters.
 */
export async function readInviting(
  tx: Tx,
  { org_id }: Actor,
  mail: boolean,
): Promise<{ organization: string; byLetter: boolean }> {
  const [inviting] = await tx.query(organizationOf({ org_id }));
  return { organization: inviting!.name, byLetter: mail && !inviting!.is_demo };
}

/**
 * Invites an address into the actor's organisation, by a letter where `mail` says that this server sends any, else by a link that
 * somebody sends. An earlier invitation of it ends.
 * @returns the invitation, and the token of its link, which can't be read again; null for a letter: its reader alone has it
 * @throws CONFLICT for a member; FORBIDDEN where an owner is invited by somebody who is none; BAD_REQUEST for a grant that the
 *   role can't have; RateLimited for a letter to an address that got as many as it may
 */
export async function invite(
  db: Database,
  actor: Actor,
  input: InviteInput,
  { mail }: { mail: boolean },
): Promise<Invitation & { token: string | null }> {
  const { email, role, content_read, titles_read } = input;
  const email_key = addressKey(email);
  checkMayAppoint(actor, role);
  checkGrants(role, input);
  const { organization, byLetter } = await inAuth(db, (tx) => readInviting(tx, actor, mail));
  if (byLetter) await countInvitation(db, email_key);
  return inAuth(db, async (tx) => {
    const { org_id } = actor;
    const members = await tx.query(isMember({ org_id, email_key }));
    if (members.length > 0)
      throw new DomainError("CONFLICT", "this address is a member's already: change what they may instead", {
        path: "email",
      });
    const token = newToken();
    const id = hashToken(token);
    const invited_by = actor.kind === "member" ? actor.account_id : null;
    await tx.query(endEarlier({ org_id, email_key }));
    const rights = { role, content_read, titles_read };
    const place = { id, org_id, email, email_key, invited_by, mailed: byLetter, days: invitationDays };
    const [made] = await tx.query(add({ ...place, ...rights }));
    const about = { object_type: "invitation", object_id: id, details: rights };
    await recordAuditAs(tx, actor, { action: "member.invite", ...about });
    if (!byLetter) return { ...made!, token };
    const { invited_by: by, expires_at } = made!;
    const letter = { kind: "invitation", to: email, organization, role, invited_by: by } as const;
    await queueLetter(tx, db, { ...letter, token, expires_at }, org_id);
    return { ...made!, token: null };
  });
}

const revoke = statement(
  "access.revoke_invitation",
  { id: "text", org_id: "int" },
  { id: "text" },
  (p) => sql`
    update auth.invitations set revoked_at = now()
    where id = ${p.id} and org_id = ${p.org_id} and accepted_at is null and revoked_at is null returning id`,
  { plan: "each" },
);

/** Ends an invitation: its link is of no use any more. @throws NOT_FOUND unless it is the organisation's and open */
export const revokeInvitation = (db: Database, actor: Actor, { id }: { id: string }): Promise<void> =>
  inAuth(db, async (tx) => {
    const revoked = await tx.query(revoke({ id, org_id: actor.org_id }));
    if (revoked.length === 0) throw new DomainError("NOT_FOUND", "no such open invitation", { path: "id" });
    await recordAuditAs(tx, actor, { action: "member.revoke_invitation", object_type: "invitation", object_id: id });
  });

const endBy = statement(
  "access.end_invitations_by",
  { org_id: "int", account_id: "uuid" },
  {},
  (p) => sql`
    update auth.invitations set revoked_at = now()
    where org_id = ${p.org_id} and invited_by = ${p.account_id} and accepted_at is null and revoked_at is null`,
  { plan: "each" },
);

/** Ends the open invitations by a member who may invite no more. */
export const endInvitationsBy = async (tx: Tx, { org_id }: Actor, account_id: string): Promise<void> => {
  await tx.query(endBy({ org_id, account_id }));
};

const invitationByToken = statement(
  "access.invitation_by_token",
  { id: "text" },
  {
    id: "text",
    org_id: "int",
    organization: "text",
    email: "text",
    email_key: "text",
    role: only<Role>("text"),
    content_read: "boolean",
    titles_read: "boolean",
    mailed: "boolean",
    account_id: "uuid?",
    password_hash: "text?",
    is_somewhere: "boolean",
    is_here: "boolean",
  },
  (p) => sql`
    select i.id, i.org_id, o.name as organization, i.email, i.email_key, i.role, i.content_read, i.titles_read, i.mailed,
      a.id as account_id, a.password_hash,
      exists (select from auth.memberships m where m.account_id = a.id) as is_somewhere,
      exists (select from auth.memberships m where m.account_id = a.id and m.org_id = i.org_id) as is_here
    from auth.invitations i join auth.organizations o on o.id = i.org_id left join auth.accounts a on a.email_key = i.email_key
    where i.id = ${p.id} and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() for update of i`,
  { plan: "each" },
);

async function readByToken(tx: Tx, token: string) {
  const [found] = await tx.query(invitationByToken({ id: hashToken(token) }));
  if (found) return found;
  throw new DomainError(
    "NOT_FOUND",
    "this invitation was used, taken back or has ended: ask whoever sent it for another",
    {
      path: "token",
    },
  );
}

/** What an invitation is for, to whoever holds its token; it stays open. @throws NOT_FOUND for one that isn't open */
export const readInvitation = (db: Database, { token }: { token: string }): Promise<Invited> =>
  inAuth(db, async (tx) => {
    const { email, organization, role, password_hash } = await readByToken(tx, token);
    return { email, organization, role, has_account: password_hash !== null };
  });

const markAccepted = statement(
  "access.accept_invitation",
  { id: "text" },
  {},
  (p) => sql`update auth.invitations set accepted_at = now() where id = ${p.id}`,
  { plan: "each" },
);

/**
 * Accepts an invitation, once, and signs in: with the password of the account that the address has, or by making one. Guesses
 * at a password are counted like those of a sign-in.
 * @returns the token of a new session, and what the browser is known by next time
 * @throws NOT_FOUND for an invitation that isn't open; CONFLICT for a member, and for an account elsewhere that has no
 *   password yet; UNAUTHORIZED for a wrong password; BAD_REQUEST for a new account
 *   without a name or with too short a password; RateLimited
 */
export async function acceptInvitation(
  db: Database,
  { token, password, full_name }: AcceptInput,
  browser: Browser,
): Promise<{ token: string; device: string }> {
  const found = await inAuth(db, (tx) => readByToken(tx, token));
  checkFree(found);
  if (found.password_hash !== null) {
    const account = { id: found.account_id!, password_hash: found.password_hash };
    const device = deviceOf(db, browser.device, account);
    const tries = await countLogin(db, { email_key: found.email_key, ip: browser.ip, device });
    if (tries.waitMs > 0) await browser.wait(tries.waitMs);
    if (!(await isPassword(found.password_hash, password)))
      throw new DomainError("UNAUTHORIZED", "this isn't the password of the account that the address has", {
        path: "password",
      });
    await tries.succeeded();
  } else checkNew({ password, full_name });
  const password_hash = found.password_hash ?? (await hashPassword(password));
  return inAuth(db, async (tx) => {
    const { id, org_id, email, ...invited } = await readByToken(tx, token);
    checkFree(invited);
    if (invited.password_hash !== found.password_hash)
      throw new DomainError("CONFLICT", "the account has changed meanwhile: try again");
    const account_id = invited.account_id ?? (await insertAccount(tx, { email, full_name: full_name!, password_hash }));
    if (invited.account_id !== null && invited.password_hash === null)
      await tx.query(changePassword({ id: account_id, password_hash }));
    if (invited.mailed) await tx.query(verifyAddress({ id: account_id }));
    await tx.query(markAccepted({ id }));
    const joining = { kind: "system", org_id, job: "members/join", request_id: browser.request_id } as const;
    await setMembership(tx, joining, account_id, invited);
    const about = { object_type: "invitation", object_id: id };
    await recordAuditAs(tx, await entrantOf(tx, account_id, org_id, browser), { action: "member.join", ...about });
    if (browser.previous) await endLogin(tx, browser.previous);
    const session = await enter(tx, account_id, org_id, browser);
    return { token: session, device: deviceToken(db, { id: account_id, password_hash }) };
  });
}

/**
 * An invitation changes nothing for who is a member already. Nor does it give a password to an account that has places: whoever
 * sent the invitation has seen its link, and would enter them.
 */
function checkFree(found: { is_here: boolean; is_somewhere: boolean; password_hash: string | null }): void {
  if (found.is_here) throw new DomainError("CONFLICT", "this address is a member's already: sign in");
  if (found.is_somewhere && found.password_hash === null)
    throw new DomainError(
      "CONFLICT",
      "this address has an account without a password: choose one by the link that came with the account, then open this one again",
    );
}

function checkNew({ password, full_name }: Pick<AcceptInput, "password" | "full_name">): void {
  if (full_name === undefined)
    throw new DomainError("BAD_REQUEST", "a new account needs the name of its person", { path: "full_name" });
  const { error } = NewPassword.safeParse(password);
  if (error) throw new DomainError("BAD_REQUEST", error.issues[0]!.message, { path: "password" });
}
