import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { setMembership } from "../access/accounts.ts";
import { insertOrganization } from "../access/create-organization.ts";
import { demoOrganization } from "../access/demo.ts";
import { countDemonstration, RateLimited } from "../access/limits.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { resumeWithin } from "./resume.ts";

/** The key by which several jobs to fill a demonstration become one. */
export const fillKey = (org_id: number): string => `demo-fill:${org_id}`;

const lockAsking = statement(
  "demonstration.lock_asking",
  { org_id: "int" },
  { is_demo: "boolean" },
  (p) => sql`select is_demo from auth.organizations where id = ${p.org_id} for update`,
  { plan: "each" },
);

const demonstrationOf = statement(
  "demonstration.of_organization",
  { org_id: "int" },
  { org_id: "int", slug: "text" },
  (p) => sql`select id as org_id, slug from auth.organizations where demo_of = ${p.org_id} and removed_at is null`,
  { plan: "each" },
);

const removedOf = statement(
  "demonstration.removed_of_organization",
  { org_id: "int" },
  {},
  (p) => sql`select from auth.organizations where demo_of = ${p.org_id} and removed_at is not null`,
  { plan: "each" },
);

/** How long a removal may still take, for whoever waits for it: it is asked for again then. */
const removalMs = 15_000;

async function waitForRemoval(tx: Tx, org_id: number): Promise<void> {
  if ((await tx.query(removedOf({ org_id }))).length > 0)
    throw new RateLimited(1, removalMs, "the demonstration before this one is still being removed");
}

const belongTo = statement(
  "demonstration.belong_to",
  { org_id: "int", demo_of: "int" },
  {},
  (p) => sql`update auth.organizations set demo_of = ${p.demo_of} where id = ${p.org_id}`,
  { plan: "each" },
);

/**
 * Makes the demonstration of the actor's organisation, of which they become an owner, and queues the job that fills it. Where
 * there is one already they become an owner of that, and a job that failed to fill it begins anew. Of two at once the second
 * finds what the first made.
 * @throws FORBIDDEN for an API key; CONFLICT in a demonstration, which has none of its own; RateLimited while the one before
 *   is being removed, and after five in an hour
 */
export async function makeDemonstration(db: Database, actor: Actor): Promise<{ slug: string }> {
  if (actor.kind !== "member") throw new DomainError("FORBIDDEN", "only a signed-in owner asks for a demonstration");
  const found = await inAuth(db, async (tx) => {
    await waitForRemoval(tx, actor.org_id);
    return tx.query(demonstrationOf({ org_id: actor.org_id }));
  });
  if (found.length === 0) await countDemonstration(db, actor);
  return inAuth(db, async (tx) => {
    const [asking] = await tx.query(lockAsking({ org_id: actor.org_id }));
    if (!asking || asking.is_demo) throw new DomainError("CONFLICT", "this is a demonstration already");
    await waitForRemoval(tx, actor.org_id);
    let [demo] = await tx.query(demonstrationOf({ org_id: actor.org_id }));
    if (!demo) {
      const slug = `demo-${actor.org_id}-${randomBytes(3).toString("hex")}`;
      const { org_id } = await insertOrganization(tx, { ...demoOrganization, slug, is_demo: true });
      await tx.query(belongTo({ org_id, demo_of: actor.org_id }));
      await enqueueWithin(tx, "demo/fill", { org_id }, { key: fillKey(org_id) });
      demo = { org_id, slug };
      await recordAuditAs(tx, actor, {
        action: "demonstration.make",
        object_type: "organization",
        object_id: String(org_id),
        details: { slug },
      });
    } else await resumeWithin(tx, { ...actor, org_id: demo.org_id });
    await setMembership(tx, { ...actor, org_id: demo.org_id }, actor.account_id, { role: "owner" });
    return { slug: demo.slug };
  });
}
