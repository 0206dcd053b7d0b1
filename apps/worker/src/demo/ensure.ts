import { randomUUID } from "node:crypto";
import { hasEnded } from "@twin/db/demonstration/remove";
import { resumeDemonstration } from "@twin/db/demonstration/resume";
import { addDemoMembers, demoOrganization } from "@twin/db/access/demo";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { DomainError } from "@twin/db/tenancy/errors";
import { createOrganization } from "@twin/db/access/create-organization";
import { findOrganization } from "@twin/db/tenancy/organizations/find";

export const demoSlug = "demo";

async function findOrCreate(db: Database): Promise<number | null> {
  const found = await findOrganization(db, demoSlug);
  // A real organisation may have had this slug before the demonstration was switched on.
  if (found) return found.is_demo ? found.org_id : null;
  if (await hasEnded(db, demoSlug)) return null;
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
 * Makes sure that the demonstration exists: organisation, logins, and the job that fills it until its history is whole. One
 * that an owner removed stays removed. Called when a worker starts with DEMO=1; takes a few milliseconds once everything exists.
 */
export async function ensureDemo(db: Database): Promise<void> {
  const org_id = await findOrCreate(db);
  if (org_id === null) return;
  const actor: Actor = { kind: "system", org_id, job: "demo/ensure", request_id: randomUUID() };
  if ((await resumeDemonstration(db, actor)) === null) return;
  await addDemoMembers(db, actor);
}
