import type { ErasureHold } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { isHeldActivity, readHolds } from "../../policies/holds.ts";
import { statement } from "../../postgres/statement.ts";

const holdOnTalk = statement(
  "privacy.hold_on_talk",
  { org_id: "int", user_id: "uuid", user_ids: "uuid[]" },
  { held: "boolean" },
  (p) => sql`
    select exists (select from activities a where a.org_id = ${p.org_id} and a.user_id = ${p.user_id} and ${isHeldActivity(sql`a`, p.user_ids)})
    or exists (
      select from messages m join activities a on a.org_id = ${p.org_id} and a.id = m.conversation_id
      where m.org_id = ${p.org_id} and m.user_id = ${p.user_id} and a.user_id <> ${p.user_id} and ${isHeldActivity(sql`a`, p.user_ids)}
    ) as held`,
);

/**
 * The legal hold that keeps a person from being erased: the organisation's, their own, or that of somebody in whose
 * conversations they take part, because an erasure would take words out of those.
 */
export async function readHoldOn(tx: Tx, user_id: string): Promise<ErasureHold | null> {
  const { organization, user_ids } = await readHolds(tx);
  if (organization) return "organization";
  if (user_ids.includes(user_id)) return "person";
  if (user_ids.length === 0) return null;
  const [row] = await tx.query(holdOnTalk({ org_id: tx.org_id, user_id, user_ids }));
  return row!.held ? "conversation" : null;
}
