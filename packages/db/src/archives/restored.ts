import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";

const searchRestored = statement(
  "archives.search_restored",
  {},
  {},
  () => sql`set local search_path = restored, public`,
  { plan: "each" },
);

const searchLive = statement("archives.search_live", {}, {}, () => sql`set local search_path to default`, {
  plan: "each",
});

/**
 * Runs `read` with the tables of activities taken from restored months: the statements are those for live rows, and find
 * the restored tables first. All other tables are the live ones.
 */
export async function inRestored<T>(tx: Tx, read: () => Promise<T>): Promise<T> {
  await tx.query(searchRestored({}));
  const result = await read();
  await tx.query(searchLive({}));
  return result;
}

/** Reads live rows, and restored ones where there are some. */
export const inBoth = async <T>(tx: Tx, withRestored: boolean, read: () => Promise<T>): Promise<T[]> =>
  withRestored ? [await read(), await inRestored(tx, read)] : [await read()];
