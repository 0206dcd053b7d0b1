import type { ErasureHold } from "@twin/contracts/privacy";
import type { Tx } from "../../tenancy/actor.ts";
import { isHeldActivity, readHolds } from "../../policies/holds.ts";

/**
 * What legal hold keeps a person from being erased: the organisation's, their own, or that of somebody whose conversation
 * they have part in, because an erasure would take words out of it.
 */
export async function readHoldOn(tx: Tx, user_id: string): Promise<ErasureHold | null> {
  const { organization, user_ids } = await readHolds(tx);
  if (organization) return "organization";
  if (user_ids.includes(user_id)) return "person";
  if (user_ids.length === 0) return null;
  const [row] = await tx.query<{ held: boolean }>({
    name: "hold_on_talk",
    text: `select exists (select from activities a where a.org_id = $1 and a.user_id = $2 and ${isHeldActivity("a", "$3::uuid[]")})
        or exists (
          select from messages m join activities a on a.org_id = $1 and a.id = m.conversation_id
          where m.org_id = $1 and m.user_id = $2 and a.user_id <> $2 and ${isHeldActivity("a", "$3::uuid[]")}
        ) as held`,
    values: [tx.org_id, user_id, user_ids],
  });
  return row!.held ? "conversation" : null;
}
