import { randomUUID } from "node:crypto";
import { fillKey } from "@twin/db/demonstration/make";
import { addDemoMembers, demoOrganization } from "@twin/db/access/demo";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { DomainError } from "@twin/db/tenancy/errors";
import { enqueueJob } from "@twin/db/jobs/enqueue";
import { createOrganization } from "@twin/db/access/create-organization";
import { findOrganization } from "@twin/db/tenancy/organizations/find";
import { readSpan } from "@twin/db/tenancy/organizations/span";

export const demoSlug = "demo";

async function findOrCreate(db: Database): Promise<number | null> {
  const found = await findOrganization(db, demoSlug);
  // A real organisation may have had this slug before the demonstration was switched on.
  if (found) return found.is_demo ? found.org_id : null;
  try {
    const demo = { ...demoOrganization, slug: demoSlug, is_demo: true };
    return (await createOrganization(db, demo)).org_id;
  } catch (error) {
    // Another worker that started at the same moment was first.
    if (error instanceof DomainError && error.code === "CONFLICT") return findOrCreate(db);
    throw error;
  }
}

/**
 * Makes sure that the demonstration exists: organisation, logins, and the job that fills it while it is empty. Called when
 * a worker starts with DEMO=1; takes a few milliseconds once everything exists.
 */
export async function ensureDemo(db: Database): Promise<void> {
  const org_id = await findOrCreate(db);
  if (org_id === null) return;
  const actor: Actor = { kind: "system", org_id, job: "demo/ensure", request_id: randomUUID() };
  const { latest_activity_at } = await readSpan(db, actor);
  if (latest_activity_at !== null) return;
  await addDemoMembers(db, actor);
  await enqueueJob(db, actor, "demo/fill", { org_id }, { key: fillKey(org_id) });
}
