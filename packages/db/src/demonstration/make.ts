import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { setMembership } from "../access/accounts.ts";
import { insertOrganization } from "../access/create-organization.ts";
import { demoOrganization } from "../access/demo.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { type Actor, inAuth } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";

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
  (p) => sql`select id as org_id, slug from auth.organizations where demo_of = ${p.org_id}`,
  { plan: "each" },
);

const belongTo = statement(
  "demonstration.belong_to",
  { org_id: "int", demo_of: "int" },
  {},
  (p) => sql`update auth.organizations set demo_of = ${p.demo_of} where id = ${p.org_id}`,
  { plan: "each" },
);

/**
 * Makes the demonstration of the actor's organisation, of which they become an owner, and queues the job that fills it. Where
 * there is one already they become an owner of that. Of two at once the second finds what the first made.
 * @throws FORBIDDEN for an API key; CONFLICT in a demonstration, which has none of its own
 */
export function makeDemonstration(db: Database, actor: Actor): Promise<{ slug: string }> {
  return inAuth(db, async (tx) => {
    if (actor.kind !== "member") throw new DomainError("FORBIDDEN", "only a signed-in owner asks for a demonstration");
    const [asking] = await tx.query(lockAsking({ org_id: actor.org_id }));
    if (!asking || asking.is_demo) throw new DomainError("CONFLICT", "this is a demonstration already");
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
    }
    await setMembership(tx, { ...actor, org_id: demo.org_id }, actor.account_id, { role: "owner" });
    return { slug: demo.slug };
  });
}
