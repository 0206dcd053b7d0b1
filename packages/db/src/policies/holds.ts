import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";

/** What must not be deleted, however old it is: everything of the organisation, or what these people take part in. */
export type Holds = { organization: boolean; user_ids: string[] };

const holdsInForce = statement(
  "policies.holds_in_force",
  { org_id: "int" },
  { organization: "boolean", user_ids: "uuid[]" },
  (p) => sql`
    select coalesce(bool_or(user_id is null), false) as organization,
      coalesce(array_agg(distinct user_id) filter (where user_id is not null), '{}') as user_ids
    from legal_holds where org_id = ${p.org_id} and lifted_at is null`,
);

/** The legal holds in force in the transaction's organisation. Every transaction that deletes reads them anew. */
export async function readHolds(tx: Tx): Promise<Holds> {
  const [row] = await tx.query(holdsInForce({ org_id: tx.org_id }));
  return row!;
}

/**
 * Whether a held person takes part in the activity `a`: it is theirs, they wrote in it (also words that only a summary
 * holds), accessed it, or own the twin that was asked. The one definition, for everything that purges; sessions and
 * recorded features are held by their `user_id` alone.
 * @param a alias of a row of `activities`
 * @param held parameter or expression of type uuid[]: `user_ids` of `readHolds`
 */
export const isHeldActivity = (a: SQL, held: SQL): SQL => sql`(cardinality(${held}) > 0 and (
    ${a}.user_id = any (${held})
    or exists (select from twins t where t.org_id = ${a}.org_id and t.id = ${a}.twin_id and t.user_id = any (${held}))
    or exists (select from messages m where m.org_id = ${a}.org_id and m.conversation_id = ${a}.id and m.user_id = any (${held}))
    or exists (select from conversations c where c.org_id = ${a}.org_id and c.activity_id = ${a}.id and c.summary_author_ids && ${held})
    or exists (select from shared_twin_interactions i where i.org_id = ${a}.org_id and i.activity_id = ${a}.id
      and (i.accessing_user_id = any (${held}) or i.twin_owner_id = any (${held})))))`;

const lockOutPurges = statement(
  "policies.hold_purges",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for no key update`,
);

/**
 * Waits for the current purge transaction, and blocks new ones until this transaction ends: a change is obeyed as soon as
 * it is answered. Ingest isn't blocked.
 */
export async function holdPurges(tx: Tx): Promise<void> {
  await tx.query(lockOutPurges({ org_id: tx.org_id }));
}
