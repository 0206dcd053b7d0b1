import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";

const usualLimit = 10_000;

/**
 * Deletes the lines that say which imports brought rows of sealed days: these days are final, so their rows can't be
 * undone. Lines of people, twins and installations stay. In bounded transactions.
 */
export async function forgetSealedLines(db: Database, actor: Actor, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const gone = await inTenant(db, actor, (tx) =>
      tx.query({
        name: "forget_sealed_lines",
        text: `delete from imported_rows where ctid = any (array(
            select r.ctid from organizations o
            join imported_rows r on r.org_id = $1 and r.id >= uuid_floor(o.sealed_from) and r.id < uuid_floor(o.sealed_before)
              and r.kind in ('session', 'activity', 'message', 'feature')
            where o.id = $1 limit $2
          )) and org_id = $1 returning 1`,
        values: [actor.org_id, usualLimit],
      }),
    );
    if (gone.length < usualLimit) return;
  }
}
