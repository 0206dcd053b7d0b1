import { inAuth, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";

export type NewOrganization = { slug: string; name: string; timezone: string; is_demo?: boolean };

const isZone = (zone: string): boolean => {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
};

/**
 * The tenant's side of a new organisation. It is made first and alone: until schema auth names it, nothing leads to it.
 * @returns the new organisation's number
 * @throws BAD_REQUEST where the zone is none of IANA's, or this PostgreSQL doesn't know it
 */
export async function prepareOrganization(db: Database, { name, timezone }: NewOrganization): Promise<number> {
  const unknown = new DomainError("BAD_REQUEST", "must be an IANA time zone, like Europe/Berlin", { path: "timezone" });
  if (!isZone(timezone)) throw unknown;
  const org_id = await inAuth(db, async (tx) => {
    const [row] = await tx.query<{ id: number }>({ text: "select nextval('public.organization_ids')::int as id" });
    return row!.id;
  });
  const actor = { kind: "system", org_id, job: "access/create-organization", request_id: "create-organization" } as const;
  await inTenant(db, actor, (tx) =>
    tx.query({
      text: "insert into organizations (id, name, time_zone) values ($1, $2, $3) returning now() at time zone time_zone",
      values: [org_id, name, timezone],
    }),
  ).catch((error: unknown) => {
    throw (error as { code?: string }).code === "22023" ? unknown : error;
  });
  return org_id;
}

/**
 * Creates an organisation without members.
 * @throws CONFLICT where the slug is taken; BAD_REQUEST for a wrong slug or zone
 */
export async function createOrganization(db: Database, input: NewOrganization): Promise<{ org_id: number }> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(input.slug)) {
    throw new DomainError("BAD_REQUEST", "must be 1 to 40 of a-z, 0-9 and -", { path: "slug" });
  }
  if (await findOrganization(db, input.slug)) throw taken(input.slug);
  const org_id = await prepareOrganization(db, input);
  const rows = await inAuth(db, (tx) =>
    tx.query({
      text: `insert into auth.organizations (id, slug, name, is_demo) values ($1, $2, $3, $4)
             on conflict (slug) do nothing returning id`,
      values: [org_id, input.slug, input.name, input.is_demo ?? false],
    }),
  );
  if (rows.length === 0) throw taken(input.slug);
  return { org_id };
}

const taken = (slug: string) => new DomainError("CONFLICT", `the organisation ${slug} exists already`, { path: "slug" });

export type Organization = { id: number; slug: string; name: string; is_demo: boolean };

/** The organisation of a slug, or null. */
export const findOrganization = (db: Database, slug: string): Promise<Organization | null> =>
  inAuth(db, async (tx) => {
    const [row] = await tx.query<Organization>({
      text: "select id, slug, name, is_demo from auth.organizations where slug = $1",
      values: [slug],
    });
    return row ?? null;
  });

/** Every organisation, by slug. */
export const listOrganizations = (db: Database): Promise<Organization[]> =>
  inAuth(db, (tx) => tx.query<Organization>({ text: "select id, slug, name, is_demo from auth.organizations order by slug" }));
