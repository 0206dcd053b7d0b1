import type { ChangeMemberInput, Member, MembersAnswer } from "@twin/contracts/members";
import { readsByName, type Role } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { only, type RowOf, statement } from "../postgres/statement.ts";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { checkGrants, checkMayAppoint } from "./rights.ts";
import { endInvitationsBy, openInvitations, readInviting } from "./invitations.ts";
import { readMember } from "./viewer.ts";
import { enter, type Entrance } from "./enter.ts";

const memberTypes = {
  account_id: "uuid",
  email: "text",
  full_name: "text",
  role: only<Role>("text"),
  content_read: "boolean",
  titles_read: "boolean",
  joined_at: "timestamptz",
  deactivated_at: "timestamptz?",
  has_password: "boolean",
  signed_in_at: "timestamptz?",
} as const;
const columns = sql.raw(`m.account_id, a.email, a.full_name, m.role, m.content_read, m.titles_read,
  m.created_at as joined_at, m.deactivated_at, a.password_hash is not null as has_password,
  (select max(s.created_at) from auth.sessions s where s.user_id = a.id and s.expires_at > now()) as signed_in_at`);

const allMembers = statement(
  "access.members",
  { org_id: "int" },
  memberTypes,
  (p) => sql`
    select ${columns} from auth.memberships m join auth.accounts a on a.id = m.account_id
    where m.org_id = ${p.org_id} order by lower(a.full_name), a.email_key`,
  { plan: "each" },
);

const oneMember = statement(
  "access.member",
  { org_id: "int", account_id: "uuid" },
  memberTypes,
  (p) => sql`
    select ${columns} from auth.memberships m join auth.accounts a on a.id = m.account_id
    where m.org_id = ${p.org_id} and m.account_id = ${p.account_id}`,
  { plan: "each" },
);

/**
 * Everyone who has a place in the actor's organisation, by name, and the invitations that are open, newest first.
 * @param mail whether this server sends letters
 */
export const listMembers = (db: Database, actor: Actor, { mail }: { mail: boolean }): Promise<MembersAnswer> =>
  inAuth(db, async (tx) => ({
    members: await tx.query(allMembers({ org_id: actor.org_id })),
    invitations: await openInvitations(tx, actor),
    mail: (await readInviting(tx, actor, mail)).byLetter,
  }));

const lockMembers = statement(
  "access.lock_members",
  { org_id: "int" },
  {},
  (p) => sql`select from auth.organizations where id = ${p.org_id} for update`,
  { plan: "each" },
);

const otherOwners = statement(
  "access.other_owners",
  { org_id: "int", account_id: "uuid" },
  {},
  (p) => sql`
    select from auth.memberships m join auth.accounts a on a.id = m.account_id
    where m.org_id = ${p.org_id} and m.account_id <> ${p.account_id} and m.role = 'owner'
      and m.deactivated_at is null and a.password_hash is not null limit 1`,
  { plan: "each" },
);

type Found = RowOf<typeof memberTypes>;

/** A member that is about to change; changes of one organisation wait for each other. @throws NOT_FOUND, FORBIDDEN */
async function take(tx: Tx, actor: Actor, account_id: string): Promise<Found> {
  await tx.query(lockMembers({ org_id: actor.org_id }));
  const [member] = await tx.query(oneMember({ org_id: actor.org_id, account_id }));
  if (!member) throw new DomainError("NOT_FOUND", "no such member", { path: "account_id" });
  checkMayAppoint(actor, member.role);
  return member;
}

/** @throws CONFLICT where nobody else is an owner who can sign in */
async function checkNotLastOwner(tx: Tx, actor: Actor, { account_id, role, deactivated_at }: Found): Promise<void> {
  if (role !== "owner" || deactivated_at !== null) return;
  const others = await tx.query(otherOwners({ org_id: actor.org_id, account_id }));
  if (others.length === 0)
    throw new DomainError("CONFLICT", "an organisation keeps an owner who can sign in: make somebody else one first", {
      path: "account_id",
    });
}

const change = statement(
  "access.change_membership",
  {
    org_id: "int",
    account_id: "uuid",
    role: "text",
    content_read: "boolean",
    titles_read: "boolean",
    active: "boolean",
  },
  {},
  (p) => sql`
    update auth.memberships
    set role = ${p.role}, content_read = ${p.content_read}, titles_read = ${p.titles_read},
      deactivated_at = case when ${p.active} then null else coalesce(deactivated_at, now()) end
    where org_id = ${p.org_id} and account_id = ${p.account_id}`,
  { plan: "each" },
);

const remove = statement(
  "access.remove_membership",
  { org_id: "int", account_id: "uuid" },
  {},
  (p) => sql`delete from auth.memberships where org_id = ${p.org_id} and account_id = ${p.account_id}`,
  { plan: "each" },
);

const endLoginsHere = statement(
  "access.end_logins_in_organization",
  { org_id: "int", account_id: "uuid" },
  {},
  (p) => sql`
    delete from auth.sessions
    where user_id = ${p.account_id} and (org_id = ${p.org_id} or org_id is null)`,
  { plan: "each" },
);

const record = (tx: Tx, actor: Actor, action: AuditAction, account_id: string, details: Record<string, unknown> = {}) =>
  recordAuditAs(tx, actor, { action, object_type: "account", object_id: account_id, details });

/** The answer to a change, and the token of the caller's new session where they changed themselves. */
export type Changed = { member: Member; token: string | null };

/**
 * What is open to a member has changed: their sessions in the organisation end, so that no token outlives its rights.
 * Whoever changed themselves goes on in a new one, with the rights that are left.
 */
async function renewLogins(tx: Tx, actor: Actor, account_id: string, entrance: Entrance): Promise<string | null> {
  await tx.query(endLoginsHere({ org_id: actor.org_id, account_id }));
  if (actor.kind !== "member" || actor.account_id !== account_id) return null;
  const self = await readMember(tx, { account_id, org_id: actor.org_id }, { request_id: actor.request_id });
  return self?.org_id === actor.org_id ? enter(tx, account_id, actor.org_id, entrance) : null;
}

/**
 * Changes what a member may, or keeps them out for now (`active`). What is left out stays as it is; a role that can't be
 * granted to read by name loses such grants. Their sessions in the organisation end; invitations by somebody who may invite
 * no more end, too.
 * @throws NOT_FOUND; FORBIDDEN where an owner is concerned and the actor is none; BAD_REQUEST for a grant that the role can't
 *   have; CONFLICT where it would leave no owner who can sign in
 */
export function changeMember(
  db: Database,
  actor: Actor,
  { account_id, ...wanted }: ChangeMemberInput,
  entrance: Entrance,
): Promise<Changed> {
  return inAuth(db, async (tx) => {
    const was = await take(tx, actor, account_id);
    const role = wanted.role ?? was.role;
    checkMayAppoint(actor, role);
    const active = wanted.active ?? was.deactivated_at === null;
    const byName = readsByName.includes(role);
    const content_read = wanted.content_read ?? (byName && was.content_read);
    const titles_read = wanted.titles_read ?? (byName && was.titles_read);
    checkGrants(role, { content_read, titles_read });
    if (role !== "owner" || !active) await checkNotLastOwner(tx, actor, was);
    const rights = { role, content_read, titles_read };
    const [before, after] = [
      { ...pick(was), active: was.deactivated_at === null },
      { ...rights, active },
    ];
    if (JSON.stringify(before) === JSON.stringify(after)) return { member: was, token: null };
    await tx.query(change({ org_id: actor.org_id, account_id, ...after }));
    if (before.active !== active) await record(tx, actor, active ? "member.activate" : "member.deactivate", account_id);
    if (JSON.stringify(pick(was)) !== JSON.stringify(rights))
      await record(tx, actor, "member.change", account_id, rights);
    if (!active || !["owner", "admin"].includes(role)) await endInvitationsBy(tx, actor, account_id);
    const token = await renewLogins(tx, actor, account_id, entrance);
    const [member] = await tx.query(oneMember({ org_id: actor.org_id, account_id }));
    return { member: member!, token };
  });
}

const pick = ({ role, content_read, titles_read }: Found) => ({ role, content_read, titles_read });

/**
 * Takes a member's place in the organisation away; their account, and places elsewhere, stay. Their sessions here and the
 * invitations by them end.
 * @throws NOT_FOUND; FORBIDDEN, CONFLICT as in `changeMember`
 */
export function removeMember(db: Database, actor: Actor, { account_id }: { account_id: string }): Promise<void> {
  return inAuth(db, async (tx) => {
    await checkNotLastOwner(tx, actor, await take(tx, actor, account_id));
    await endInvitationsBy(tx, actor, account_id);
    await record(tx, actor, "member.remove", account_id);
    await tx.query(remove({ org_id: actor.org_id, account_id }));
    await tx.query(endLoginsHere({ org_id: actor.org_id, account_id }));
  });
}

/**
 * Makes another member an owner, and the caller an administrator, in one step.
 * @throws NOT_FOUND; CONFLICT for the caller themselves, and for whoever can't sign in
 */
export function handOver(
  db: Database,
  actor: Actor,
  { account_id }: { account_id: string },
  entrance: Entrance,
): Promise<Changed> {
  return inAuth(db, async (tx) => {
    if (actor.kind !== "member") throw new DomainError("FORBIDDEN", "only an owner hands over, not an API key");
    const heir = await take(tx, actor, account_id);
    if (actor.account_id === account_id || heir.deactivated_at !== null || !heir.has_password)
      throw new DomainError("CONFLICT", "hand over to another member who is active and has chosen a password", {
        path: "account_id",
      });
    const own = { content_read: false, titles_read: false, active: true };
    const owner = { ...own, role: "owner" };
    const admin = { ...own, role: "admin" };
    await tx.query(change({ org_id: actor.org_id, account_id, ...owner }));
    await tx.query(change({ org_id: actor.org_id, account_id: actor.account_id, ...admin }));
    await record(tx, actor, "member.change", account_id, { role: "owner" });
    await record(tx, actor, "member.change", actor.account_id, { role: "admin" });
    await tx.query(endLoginsHere({ org_id: actor.org_id, account_id }));
    const token = await renewLogins(tx, actor, actor.account_id, entrance);
    const [member] = await tx.query(oneMember({ org_id: actor.org_id, account_id }));
    return { member: member!, token };
  });
}
