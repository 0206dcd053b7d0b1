import type { Privacy } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readExportOf } from "../exports/request.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { readPolicies } from "../../policies/policies.ts";
import { readUser } from "../../people/users/find.ts";
import { countErasure } from "./count.ts";
import { linesOf } from "./lines.ts";
import { receiptOf } from "./receipt.ts";
import { readHoldOn } from "./hold.ts";
import { erasureOf, readErasureOf } from "./state.ts";
import { addressKey } from "../../people/address-key.ts";

/**
 * Where a person stands: what an erasure would delete (a draft receipt, counted now) or deleted, whether it waits, and who
 * read what they wrote.
 * @throws NOT_FOUND, also for another organisation's
 */
export async function readPrivacy(
  db: Database,
  actor: Actor,
  { user_id }: { user_id: string },
  now: Date,
): Promise<Privacy> {
  const { email_key, ...privacy } = await inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const user = await readUser(tx, user_id);
    const erasure = await readErasureOf(tx, now, user_id);
    if (!user && erasure?.status !== "erased")
      throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    const draft = user && {
      number: null,
      ...linesOf(await countErasure(tx, user)),
      counted_at: now.toISOString(),
    };
    return {
      user_id,
      timezone: time_zone,
      name: user?.full_name ?? null,
      email: user?.email ?? null,
      state: user?.state ?? ("erased" as const),
      erasure: erasure && (!user || erasure.status !== "erased") ? erasureOf(erasure) : null,
      grace_days: await readGraceDays(tx, today, now),
      held_by: user ? await readHoldOn(tx, user_id) : null,
      receipt: draft ?? receiptOf(erasure!),
      export: user ? await readExportOf(tx, actor, user_id) : null,
      readings: user ? await readReadings(tx, user_id) : [],
      email_key: user ? addressKey(user.email) : null,
    };
  });
  return { ...privacy, signs_in: email_key !== null && (await isMember(db, actor.org_id, email_key)) };
}

const graceDays = statement(
  "privacy.grace_days",
  { today: "date", grace: "text" },
  { days: "int" },
  (p) => sql`select (${p.today} + ${p.grace}::interval)::date - ${p.today} as days`,
  { plan: "each" },
);

/** Days of grace of an erasure that is asked for today. */
async function readGraceDays(tx: Tx, today: string, now: Date): Promise<number> {
  const { count, unit } = (await readPolicies(tx, now)).deleted_users.keep;
  const [grace] = await tx.query(graceDays({ today, grace: `${count} ${unit}` }));
  return grace!.days;
}

const readings = statement(
  "privacy.user_readings",
  { org_id: "int", user_id: "uuid" },
  { at: "timestamptz", by: "text", reason: "text", activity_id: "uuid" },
  (p) => sql`
    select r.at, r.actor_name as by, coalesce(r.reason, '') as reason, r.object_id::uuid as activity_id
    from audit_log r
    where r.org_id = ${p.org_id} and r.object_type = 'activity' and r.action = 'content.read' and (
      exists (select from activities a where a.org_id = ${p.org_id} and a.id = r.object_id::uuid and a.user_id = ${p.user_id})
      or exists (select from messages m where m.org_id = ${p.org_id} and m.conversation_id = r.object_id::uuid and m.user_id = ${p.user_id}))
    order by r.id desc limit 50`,
);

/** Readings of text in activities of theirs, or in conversations where they wrote. */
const readReadings = (tx: Tx, user_id: string): Promise<Privacy["readings"]> =>
  tx.query(readings({ org_id: tx.org_id, user_id }));

const memberOfAddress = statement(
  "privacy.member_of_address",
  { org_id: "int", email_key: "text" },
  {},
  (p) =>
    sql`select from auth.accounts a join auth.memberships m on m.account_id = a.id and m.org_id = ${p.org_id} where a.email_key = ${p.email_key}`,
  { plan: "each" },
);

async function isMember(db: Database, org_id: number, emailKey: string): Promise<boolean> {
  const rows = await inAuth(db, (tx) => tx.query(memberOfAddress({ org_id, email_key: emailKey })));
  return rows.length > 0;
}
