import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { TestDatabase } from "./database.ts";

/**
 * Whether `act` waits for what somebody else locks on a connection of their own, who then lets go; `act` is ended before
 * that is answered, and its refusal is thrown.
 * @param how what the other one does at last, and how many transactions have to wait for it before
 */
export async function waitsFor(
  { url, pool }: TestDatabase,
  lock: string,
  values: readonly unknown[],
  act: () => Promise<unknown>,
  how: { end: "commit" | "rollback"; waiting: number } = { end: "rollback", waiting: 1 },
): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("begin");
    await client.query(lock, [...values]);
    let isOver = false;
    const acted = act().finally(() => (isOver = true));
    acted.catch(() => {});
    let waits = false;
    while (!waits && !isOver) {
      const found = await pool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      waits = found.rowCount! >= how.waiting;
      await sleep(5);
    }
    await client.query(how.end);
    await acted;
    return waits;
  } finally {
    await client.end();
  }
}
