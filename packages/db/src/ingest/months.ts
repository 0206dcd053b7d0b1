import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import type { Parsed } from "./parse.ts";

const known = new WeakMap<object, Set<string>>();
const earliest = "1970-01";

/**
 * Makes the partitions that a batch needs, each in a transaction of its own: made inside the batch's, two batches
 * would deadlock. Months that a record will be refused for anyway are left alone.
 */
export async function ensureMonths(
  db: Database,
  actor: Actor,
  { sessions, activities, messages, features }: Parsed,
  now: Date,
): Promise<void> {
  const months = known.get(db.pool) ?? new Set();
  known.set(db.pool, months);
  const ahead = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 7);
  const wanted = new Set([...sessions, ...activities].map(({ record }) => record.started_at.slice(0, 7)));
  for (const { record } of features) wanted.add(record.used_at.slice(0, 7));
  // A message lies in its conversation's month, but a session may be derived from it in its own.
  for (const { record } of [...messages, ...activities.flatMap((entry) => entry.messages)])
    wanted.add(record.created_at.slice(0, 7));
  const missing = [...wanted].filter((month) => month >= earliest && month <= ahead && !months.has(month)).sort();
  if (missing.length === 0) return;
  const [history] = await inTenant(db, actor, (tx) =>
    tx.query<{ month: string }>({
      text: "select to_char(history_from at time zone 'UTC', 'YYYY-MM') as month from organizations where id = $1",
      values: [tx.org_id],
    }),
  );
  for (const month of missing) {
    if (!history || month < history.month) continue;
    await inTenant(db, actor, (tx) => tx.query({ text: "select ensure_month($1::date)", values: [`${month}-01`] }));
    months.add(month);
  }
}

/** Forgets which months are there: one was dropped meanwhile. */
export const forgetMonths = (db: Database): void => void known.delete(db.pool);
