import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

type Listener = () => void;
type FiguresChanged = { as_of: string };

/**
 * The time up to which the figures of the actor's organisation are current: now, and after each update, until the signal is
 * aborted. Several updates in quick succession are told as one.
 */
export async function* onFiguresChanged(
  db: Database,
  actor: Actor,
  signal: AbortSignal,
): AsyncGenerator<FiguresChanged> {
  let wake: Listener = () => {};
  let changed = true;
  const unfollow = db.notices.follow("figures", (org) => {
    if (org !== null && org !== String(actor.org_id)) return;
    changed = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener("abort", stop);
  try {
    let last: string | null = null;
    while (!signal.aborted) {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      if (signal.aborted) return;
      changed = false;
      const as_of = await readFiguresAt(db, actor);
      if (as_of === null || as_of === last) continue;
      last = as_of;
      yield { as_of };
    }
  } finally {
    signal.removeEventListener("abort", stop);
    unfollow();
  }
}

const figuresAt = statement(
  "figures.figures_at",
  { org_id: "int" },
  { figures_at: "timestamptz?" },
  (p) => sql`select figures_at from organizations where id = ${p.org_id}`,
);

function readFiguresAt(db: Database, actor: Actor): Promise<string | null> {
  return inTenant(db, actor, async (tx) => {
    const [row] = await tx.query(figuresAt({ org_id: tx.org_id }));
    return row?.figures_at ?? null;
  });
}
