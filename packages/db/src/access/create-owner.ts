import type { CreateOwnerInput, SignInState } from "@twin/contracts/access";
import { inAuth } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { prepareOrganization } from "../organizations/create.ts";
import { hasAccount, insertAccount, setMembership } from "./accounts.ts";
import { demoSignIns } from "./demo.ts";
import { deviceToken } from "./devices.ts";
import { endSetupLinks, isSetupLink } from "./links.ts";
import { hashPassword } from "./passwords.ts";
import { beginSession, type Origin } from "./sessions.ts";

/** Whoever asks before anyone is signed in; `local`: from this very machine, with nothing in between. */
type Stranger = Origin & { local: boolean };

/** What the sign-in page must know before anyone is signed in. The demonstration never waits for an owner. */
export async function readSignInState(
  db: Database,
  { demo, local }: { demo: boolean; local: boolean },
): Promise<SignInState> {
  if (demo) return { needs_owner: false, needs_setup_token: false, demo: [...demoSignIns] };
  const needs_owner = !(await inAuth(db, hasAccount));
  return { needs_owner, needs_setup_token: needs_owner && !local, demo: [] };
}

const tooLate = () => new DomainError("CONFLICT", "there is an owner already: sign in");

const noLink = () =>
  new DomainError("FORBIDDEN", "open the link that the server printed at its start, or run: ./twinctl setup-link", {
    path: "setup_token",
  });

/**
 * The first visitor becomes the owner of a new organisation, and of those made by command that nobody belongs to yet:
 * whoever comes from this machine, or by the set-up link. Of two at once one succeeds.
 * @returns the token of the owner's session, and what the browser is known by next time
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
  const prepared = await prepareOrganization(db, { name: input.organization_name, time_zone: input.timezone }).catch(
    (error: unknown) => {
      const named = error instanceof DomainError && error.path === "time_zone";
      throw named ? new DomainError(error.code, error.message, { path: "timezone" }) : error;
    },
  );
  return inAuth(db, async (tx) => {
    await tx.query({ text: "select pg_advisory_xact_lock(hashtext('twin: first owner'))" });
    if (await hasAccount(tx)) throw tooLate();
    if (!visitor.local && !(await isSetupLink(tx, input.setup_token ?? ""))) throw noLink();
    await endSetupLinks(tx);
    const account_id = await insertAccount(tx, { email: input.email, full_name: input.full_name, password_hash });
    await tx.query({
      text: `insert into auth.organizations (id, slug, name) values ($1, $2, $3) on conflict (slug) do nothing`,
      values: [prepared, input.slug, input.organization_name],
    });
    const ownerless = await tx.query<{ id: number; slug: string }>({
      text: `select id, slug from auth.organizations o
             where not is_demo and not exists (select from auth.memberships m where m.org_id = o.id)`,
    });
    for (const { id } of ownerless) await setMembership(tx, account_id, id, "owner");
    const chosen = ownerless.find(({ slug }) => slug === input.slug);
    if (!chosen) throw new DomainError("CONFLICT", `the organisation ${input.slug} exists already`, { path: "slug" });
    return {
      token: await beginSession(tx, account_id, chosen.id, visitor),
      device: deviceToken(db, { id: account_id, password_hash }),
    };
  });
}
