import { sql } from "drizzle-orm";
import { inAuth } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

export type Organization = { org_id: number; slug: string; name: string; is_demo: boolean };

const columns = sql.raw("id as org_id, slug, name, is_demo");
const columnTypes = { org_id: "int", slug: "text", name: "text", is_demo: "boolean" } as const;

const organizationBySlug = statement(
  "tenancy.organization_by_slug",
  { slug: "text" },
  columnTypes,
  (p) => sql`select ${columns} from auth.organizations where slug = ${p.slug}`,
  { plan: "each" },
);

const organizations = statement(
  "tenancy.organizations",
  {},
  columnTypes,
  () => sql`select ${columns} from auth.organizations order by slug`,
  { plan: "each" },
);

/** The organisation of a slug, or null. */
export async function findOrganization(db: Database, slug: string): Promise<Organization | null> {
  const rows = await inAuth(db, (tx) => tx.query(organizationBySlug({ slug })));
  return rows[0] ?? null;
}

const demonstrations = statement(
  "tenancy.demonstrations",
  {},
  { org_id: "int", slug: "text" },
  () => sql`select id as org_id, slug from auth.organizations where is_demo and removed_at is null order by id`,
  { plan: "each" },
);

/** Demonstrations that are not being removed. */
export function listDemonstrations(db: Database): Promise<{ org_id: number; slug: string }[]> {
  return inAuth(db, (tx) => tx.query(demonstrations({})));
}

/** Every organisation, by slug. */
export function listOrganizations(db: Database): Promise<Organization[]> {
  return inAuth(db, (tx) => tx.query(organizations({})));
}
