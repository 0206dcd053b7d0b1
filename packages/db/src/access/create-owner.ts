import type { CreateOwnerInput, SignInState } from "@twin/contracts/access";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { insertOrganization } from "./create-organization.ts";
import { hasAccount, insertAccount, setMembership } from "./accounts.ts";
import { demoLogins } from "./demo.ts";
import { deviceToken } from "./devices.ts";
import { enter, type Entrance } from "./enter.ts";
import { endSetupLinks, isSetupLink } from "./links.ts";
import { hashPassword } from "./passwords.ts";
import { statement } from "../postgres/statement.ts";

/** A visitor before sign-in; `local`: connected from this machine, without a proxy in between. */
type Stranger = Entrance & { local: boolean };

const demoMembers = statement(
  "access.demo_members",
  {},
  { email: "text" },
  () => sql`
    select a.email from auth.accounts a
    where a.is_demo and exists (select from auth.memberships m where m.account_id = a.id and m.deactivated_at is null)`,
  { plan: "each" },
);

/** What the sign-in page must know before anyone is signed in. The demonstration has its owner from the start. */
export async function readSignInState(
  db: Database,
  { demo, local, mail }: { demo: boolean; local: boolean; mail: boolean },
): Promise<SignInState> {
  const { somebody, demos } = await inAuth(db, async (tx) => ({
    somebody: await hasAccount(tx),
    demos: demo ? (await tx.query(demoMembers({}))).map(({ email }) => email) : [],
  }));
  // While everything starts for the first time nobody is there yet; who removed the demonstration has a place elsewhere.
  const logins = !demo ? [] : somebody ? demoLogins.filter(({ email }) => demos.includes(email)) : [...demoLogins];
  if (logins.length > 0) return { needs_owner: false, needs_setup_token: false, demo: logins, mail };
  const needs_owner = !somebody;
  return { needs_owner, needs_setup_token: needs_owner && !local, demo: [], mail };
}

const lockFirstOwner = statement(
  "access.lock_first_owner",
  {},
  { locked: "text" },
  () => sql`select pg_advisory_xact_lock(hashtext('twin: first owner'))::text as locked`,
  { plan: "each" },
);

const ownerlessOrganizations = statement(
  "access.ownerless_organizations",
  {},
  { id: "int" },
  () => sql`
    select id from auth.organizations o
    where not is_demo and not exists (select from auth.memberships m where m.org_id = o.id)`,
  { plan: "each" },
);

const ownerlessBySlug = statement(
  "access.ownerless_organization_by_slug",
  { slug: "text" },
  { id: "int" },
  (p) => sql`
    select id from auth.organizations o
    where slug = ${p.slug} and not is_demo and not exists (select from auth.memberships m where m.org_id = o.id)`,
  { plan: "each" },
);

const tooLate = () => new DomainError("CONFLICT", "there is an owner already: sign in");

const noLink = () =>
  new DomainError("FORBIDDEN", "open the link that the server printed at its start, or run: ./twinctl setup-link", {
    path: "setup_token",
  });

/**
 * The first visitor becomes the owner of a new organisation, and of all without members that `twinctl` made. Allowed from
 * this machine, or with the token of the set-up link. Of two at once one succeeds.
 * @returns the token of the owner's session, and the device token by which the browser is known next time
 * @throws CONFLICT once any account exists; FORBIDDEN without the link; BAD_REQUEST for an unknown zone
 */
export async function createOwner(
  db: Database,
  input: CreateOwnerInput,
  visitor: Stranger,
): Promise<{ token: string; device: string }> {
  if (await inAuth(db, hasAccount)) throw tooLate();
  if (!visitor.local && !(await inAuth(db, (tx) => isSetupLink(tx, input.setup_token ?? "")))) throw noLink();
  const password_hash = await hashPassword(input.password);
  return inAuth(db, async (tx) => {
    await tx.query(lockFirstOwner({}));
    if (await hasAccount(tx)) throw tooLate();
    if (!visitor.local && !(await isSetupLink(tx, input.setup_token ?? ""))) throw noLink();
    await endSetupLinks(tx);
    const { email, full_name } = input;
    const account_id = await insertAccount(tx, { email, full_name, password_hash });
    const chosen = await chooseOrganization(tx, input);
    const ownerless = await tx.query(ownerlessOrganizations({}));
    const { request_id, ip } = visitor;
    for (const { id: org_id } of ownerless) {
      const permissions = permissionsOf("owner");
      const self = {
        kind: "member",
        org_id,
        account_id,
        name: full_name,
        role: "owner",
        permissions,
        request_id,
      } as const;
      await setMembership(tx, ip === undefined ? self : { ...self, ip }, account_id, { role: "owner" });
    }
    return {
      token: await enter(tx, account_id, chosen, visitor),
      device: deviceToken(db, { id: account_id, password_hash }),
    };
  });
}

/** The organisation of the slug if it has no members, or a new one. @throws CONFLICT where one with members has the slug */
async function chooseOrganization(tx: Tx, input: CreateOwnerInput): Promise<number> {
  const { slug, organization_name: name, timezone: time_zone } = input;
  const [known] = await tx.query(ownerlessBySlug({ slug }));
  if (known) return known.id;
  const made = await insertOrganization(tx, { slug, name, time_zone }).catch((error: unknown) => {
    const named = error instanceof DomainError && error.path === "time_zone";
    throw named ? new DomainError(error.code, error.message, { path: "timezone" }) : error;
  });
  return made.org_id;
}
