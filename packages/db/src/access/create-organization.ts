import { sql } from "drizzle-orm";
import { joinOrganization } from "./accounts.ts";
import { asActor, inAuth, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { statement } from "../postgres/statement.ts";

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
 * Creates an organisation, all of it or nothing.
 * @throws DomainError BAD_REQUEST for a wrong slug, name or zone; CONFLICT where the slug is taken, or the owner's account
 *   is one of the demonstration
 */
export async function createOrganization(db: Database, input: NewOrganization): Promise<{ org_id: number }> {
  const { slug, name, time_zone, owner_email, is_demo = false } = input;
  if (!/^[a-z0-9-]{1,40}$/.test(slug)) {
    throw new DomainError("BAD_REQUEST", `"${slug}" is no slug: use 1 to 40 of a-z, 0-9 and -`, { path: "slug" });
  }
  return inAuth(db, async (tx) => {
    const { org_id } = await insertOrganization(tx, { slug, name, time_zone, is_demo });
    if (owner_email !== undefined)
      await joinOrganization(tx, creatorOf(org_id), { email: owner_email.trim(), role: "owner", password_hash: null });
    return { org_id };
  });
}

/** The system as it makes an organisation, which has no members yet. */
const creatorOf = (org_id: number) =>
  ({ kind: "system", org_id, job: "organizations/create", request_id: "organizations/create" }) as const;

const nameOrganization = statement(
  "access.name_organization",
  { slug: "text", name: "text", is_demo: "boolean" },
  { org_id: "int" },
  (p) => sql`
    insert into auth.organizations (id, slug, name, is_demo)
    values (nextval('public.organization_ids')::int, ${p.slug}, ${p.name}, ${p.is_demo})
    on conflict (slug) do nothing returning id as org_id`,
  { plan: "each" },
);

const addOrganization = statement(
  "access.add_organization",
  { org_id: "int", name: "text", time_zone: "text" },
  { id: "int" },
  (p) => sql`
    insert into organizations (id, name, time_zone)
    select ${p.org_id}, ${p.name}, name from pg_timezone_names where name = ${p.time_zone} returning id`,
  { plan: "each" },
);

const addCounters = statement(
  "access.add_counters",
  { org_id: "int" },
  {},
  (p) => sql`insert into org_counters (org_id) values (${p.org_id})`,
  { plan: "each" },
);

/**
 * Inserts both halves of a new organisation: its row in schema `auth`, by which it is found, and its row and counters among
 * the tenants' tables.
 * @throws DomainError CONFLICT where the slug is taken; BAD_REQUEST for an empty name, or a zone that is none of IANA's or
 *   unknown to this server
 */
export async function insertOrganization(
  tx: Tx,
  { slug, name, time_zone, is_demo = false }: Omit<NewOrganization, "owner_email">,
): Promise<{ org_id: number }> {
  if (name.trim() === "") throw new DomainError("BAD_REQUEST", "an organisation needs a name", { path: "name" });
  const [named] = await tx.query(nameOrganization({ slug, name: name.trim(), is_demo }));
  if (!named) throw new DomainError("CONFLICT", `the organisation ${slug} exists already`, { path: "slug" });
  const { org_id } = named;
  await asActor(tx, creatorOf(org_id), async (own) => {
    const made = isZone(time_zone) ? await own.query(addOrganization({ org_id, name: name.trim(), time_zone })) : [];
    if (made.length === 0) {
      const message = `"${time_zone}" is no time zone: use an IANA name like Europe/Berlin`;
      throw new DomainError("BAD_REQUEST", message, { path: "time_zone" });
    }
    await own.query(addCounters({ org_id }));
    await recordAudit(own, { action: "organization.create", object_type: "organization", object_id: String(org_id) });
  });
  return named;
}

/** Whether a zone is one of IANA's. PostgreSQL also lists files that are no zones (posixrules, Factory, localtime); browsers know IANA's only. */
export function isZone(zone: string): boolean {
  try {
    return /^[A-Z]/.test(zone) && new Intl.DateTimeFormat("en", { timeZone: zone }).format() !== "";
  } catch {
    return false;
  }
}
