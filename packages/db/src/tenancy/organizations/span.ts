import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

/** When an organisation was made, and when its latest activity began; null while it has none. */
export type Span = { created_at: string; latest_activity_at: string | null };

const spanOf = statement(
  "tenancy.span_of_organization",
  { org_id: "int" },
  { created_at: "timestamptz", latest_activity_at: "timestamptz?" },
  (p) => sql`
    select o.created_at, a.started_at as latest_activity_at from organizations o
    left join lateral (select started_at from activities where org_id = o.id order by id desc limit 1) a on true
    where o.id = ${p.org_id}`,
  { plan: "each" },
);

/** Reads when an organisation was made and was last active. @throws Error where it doesn't exist any more */
export const readSpan = (db: Database, actor: Actor): Promise<Span> =>
  inTenant(db, actor, async (tx) => {
    const [span] = await tx.query(spanOf({ org_id: tx.org_id }));
    if (!span) throw new Error(`organisation ${tx.org_id} is gone`);
    return span;
  });
