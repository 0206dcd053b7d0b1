import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../../postgres/connect.ts";

/** When an organisation was made, and when its latest activity began; null while it has none. */
export type Span = { created_at: string; latest_activity_at: string | null };

/** Reads how far an organisation reaches. @throws Error where the organisation is gone */
export const readSpan = (db: Database, actor: Actor): Promise<Span> =>
  inTenant(db, actor, async (tx) => {
    const [span] = await tx.query<Span>({
      text: `select o.created_at, a.started_at as latest_activity_at from organizations o
        left join lateral (select started_at from activities where org_id = o.id order by id desc limit 1) a on true
        where o.id = $1`,
      values: [tx.org_id],
    });
    if (!span) throw new Error(`organisation ${tx.org_id} is gone`);
    return span;
  });
