import { joinOrganization } from "../access/accounts.ts";
import { inAuth, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";

export type NewOrganization = {
  /** 1 to 40 of a-z, 0-9 and -: the name in addresses and commands. */
  slug: string;
  name: string;
  /** IANA name; days of every figure are local to it. */
  time_zone: string;
  /** Who becomes its owner, with an account that is made if needed; without it the organisation has no members yet. */
  owner_email?: string;
  is_demo?: boolean;
};

/**
 * Creates an organisation, all of it or nothing that leads to it.
 * @throws DomainError BAD_REQUEST for a wrong slug, name or zone; CONFLICT where the slug is taken, or the owner's account
 *   is one of the demonstration
 */
export async function createOrganization(db: Database, input: NewOrganization): Promise<{ org_id: number }> {
  const { slug, name, owner_email, is_demo = false } = input;
  if (!/^[a-z0-9-]{1,40}$/.test(slug)) {
    throw new DomainError("BAD_REQUEST", `"${slug}" is no slug: use 1 to 40 of a-z, 0-9 and -`, { path: "slug" });
  }
  await inAuth(db, async (tx) => {
    const found = await tx.query({ text: "select from auth.organizations where slug = $1", values: [slug] });
    if (found.length > 0) throw taken(slug);
  });
  const org_id = await prepareOrganization(db, input);
  await inAuth(db, async (tx) => {
    const named = await tx.query({
      text: `insert into auth.organizations (id, slug, name, is_demo) values ($1, $2, $3, $4)
        on conflict (slug) do nothing returning id`,
      values: [org_id, slug, name.trim(), is_demo],
    });
    if (named.length === 0) throw taken(slug);
    if (owner_email === undefined) return;
    await joinOrganization(tx, { org_id, email: owner_email.trim(), role: "owner", password_hash: null });
  });
  return { org_id };
}

/**
 * The tenant's side of a new organisation, made first and alone: until schema auth names it, nothing leads to it, so
 * whatever fails afterwards leaves no trace that anyone could see.
 * @returns the new organisation's number
 * @throws DomainError BAD_REQUEST for an empty name, or a zone that is none of IANA's or unknown to this server
 */
export async function prepareOrganization(
  db: Database,
  { name, time_zone }: Pick<NewOrganization, "name" | "time_zone">,
): Promise<number> {
  if (name.trim() === "") throw new DomainError("BAD_REQUEST", "an organisation needs a name", { path: "name" });
  const org_id = await inAuth(db, async (tx) => {
    const [row] = await tx.query<{ id: number }>({ text: "select nextval('public.organization_ids')::int as id" });
    return row!.id;
  });
  const actor = { kind: "system", org_id, job: "organizations/create", request_id: "organizations/create" } as const;
  await inTenant(db, actor, async (tx) => {
    const made = isZone(time_zone)
      ? await tx.query({
          text: `insert into organizations (id, name, time_zone)
            select $1, $2, name from pg_timezone_names where name = $3 returning id`,
          values: [org_id, name.trim(), time_zone],
        })
      : [];
    if (made.length === 0) {
      const message = `"${time_zone}" is no time zone: use an IANA name like Europe/Berlin`;
      throw new DomainError("BAD_REQUEST", message, { path: "time_zone" });
    }
    await tx.query({ text: "insert into org_counters (org_id) values ($1)", values: [org_id] });
  });
  return org_id;
}

/** Whether a zone is one of IANA's. PostgreSQL also lists files that are no zones (posixrules, Factory, localtime); browsers know IANA's only. */
export function isZone(zone: string): boolean {
  try {
    return /^[A-Z]/.test(zone) && new Intl.DateTimeFormat("en", { timeZone: zone }).format() !== "";
  } catch {
    return false;
  }
}

function taken(slug: string): DomainError {
  return new DomainError("CONFLICT", `the organisation ${slug} exists already`, { path: "slug" });
}
