import { inAuth } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";

export type Organization = { org_id: number; slug: string; name: string; is_demo: boolean };

const columns = "select id as org_id, slug, name, is_demo from auth.organizations";

/** The organisation of a slug, or null. */
export async function findOrganization(db: Database, slug: string): Promise<Organization | null> {
  const rows = await inAuth(db, (tx) => tx.query<Organization>({ text: `${columns} where slug = $1`, values: [slug] }));
  return rows[0] ?? null;
}

/** Every organisation, by slug. */
export function listOrganizations(db: Database): Promise<Organization[]> {
  return inAuth(db, (tx) => tx.query<Organization>({ text: `${columns} order by slug` }));
}
