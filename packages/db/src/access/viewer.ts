import type { Viewer } from "@twin/contracts/access";
import { permissionsOf, type Role } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, inTenant, type Tx } from "../tenancy/actor.ts";
import { type AuditEntry, recordAuditAs } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { readLogin } from "./logins.ts";
import { hashToken } from "./tokens.ts";
import { only, statement } from "../postgres/statement.ts";

export type Member = Extract<Actor, { kind: "member" }>;
type Request = { request_id: string; ip?: string };

/**
 * The member that a session's token stands for: in the organisation chosen last, else in the one joined first.
 * @returns null for a token without a live session, or whose account belongs to no organisation any more
 */
export const memberOf = (db: Database, token: string, request: Request): Promise<Member | null> =>
  inAuth(
    db,
    async (tx) => {
      const session = await readLogin(tx, token);
      if (!session) return null;
      return readMember(tx, session, request);
    },
    hashToken(token),
  );

const membership = statement(
  "access.membership",
  { account_id: "uuid", chosen: "int?" },
  {
    full_name: "text",
    org_id: "int",
    role: only<Role>("text"),
    content_read: "boolean",
    titles_read: "boolean",
    viewer_titles: "boolean",
  },
  (p) => sql`
    select a.full_name, m.org_id, m.role, m.content_read, m.titles_read, o.viewer_titles
    from auth.accounts a join auth.memberships m on m.account_id = a.id
    join auth.organizations o on o.id = m.org_id
    where a.id = ${p.account_id} and m.deactivated_at is null order by m.org_id is not distinct from ${p.chosen} desc, m.created_at, m.org_id limit 1`,
  { plan: "each" },
);

/** An account as a member of the chosen organisation, else of the one joined first; null where it belongs to none. */
export async function readMember(
  tx: Tx,
  { account_id, org_id: chosen }: { account_id: string; org_id: number | null },
  request: Request,
): Promise<Member | null> {
  const [row] = await tx.query(membership({ account_id, chosen }));
  if (!row) return null;
  const { full_name: name, org_id, role } = row;
  const permissions = permissionsOf(role, row);
  return { kind: "member", org_id, account_id, name, role, permissions, ...request };
}

/** The actor as a signed-in member. @throws FORBIDDEN for an API key */
export const memberAlone = (actor: Actor): Member => {
  if (actor.kind !== "member")
    throw new DomainError("FORBIDDEN", "only a signed-in member may do this, not an API key");
  return actor;
};

const ownClocks = statement(
  "access.own_clocks",
  {},
  { time_zone: "text", figures_at: "timestamptz?" },
  () => sql`select time_zone, figures_at from organizations`,
  { plan: "each" },
);

const ownAccount = statement(
  "access.own_account",
  { id: "uuid" },
  { id: "uuid", email: "text", full_name: "text" },
  (p) => sql`select id, email, full_name from auth.accounts where id = ${p.id}`,
  { plan: "each" },
);

const ownOrganizations = statement(
  "access.own_organizations",
  { account_id: "uuid" },
  { id: "int", slug: "text", name: "text", is_demo: "boolean" },
  (p) => sql`
    select o.id, o.slug, o.name, o.is_demo from auth.organizations o
    join auth.memberships m on m.org_id = o.id where m.account_id = ${p.account_id} and m.deactivated_at is null order by o.name, o.id`,
  { plan: "each" },
);

/** Who is signed in, and as what in which organisation. @throws FORBIDDEN for an API key */
export async function readViewer(db: Database, actor: Actor): Promise<Viewer> {
  const { account_id, org_id, role, permissions } = memberAlone(actor);
  const [clocks] = await inTenant(db, actor, (tx) => tx.query(ownClocks({})));
  return inAuth(db, async (tx) => {
    const [account] = await tx.query(ownAccount({ id: account_id }));
    const organizations = await tx.query(ownOrganizations({ account_id }));
    const current = organizations.find(({ id }) => id === org_id);
    if (!account || !current) throw new DomainError("UNAUTHORIZED", "sign in again");
    const organization = { ...current, timezone: clocks?.time_zone ?? "UTC", figures_at: clocks?.figures_at ?? null };
    return { account, organization, role, permissions: [...permissions], organizations };
  });
}

const moveLogin = statement(
  "access.move_login",
  { id: "text", account_id: "uuid", slug: "text" },
  { org_id: "int" },
  (p) => sql`
    update auth.sessions s set org_id = o.id
    from auth.organizations o join auth.memberships m on m.org_id = o.id
    where s.id = ${p.id} and s.user_id = ${p.account_id} and m.account_id = ${p.account_id} and m.deactivated_at is null and o.slug = ${p.slug}
    returning o.id as org_id`,
  { plan: "each" },
);

/** Moves a session to another organisation of its account. @throws NOT_FOUND unless the account belongs to it */
export async function selectOrganization(
  db: Database,
  actor: Actor,
  { slug }: { slug: string },
  token: string,
): Promise<void> {
  const member = memberAlone(actor);
  const { account_id } = member;
  await inAuth(db, async (tx) => {
    const [moved] = await tx.query(moveLogin({ id: hashToken(token), account_id, slug }));
    if (!moved) throw new DomainError("NOT_FOUND", "no such organisation", { path: "slug" });
    const entry: AuditEntry = { action: "session.switch", object_type: "account", object_id: account_id };
    await recordAuditAs(tx, { ...member, ...moved }, entry);
  });
}
