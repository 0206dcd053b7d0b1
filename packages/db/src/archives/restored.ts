import type { Tx } from "../tenancy/actor.ts";

/**
 * Runs `read` where the tables of activities are those of restored months: the statements are the ones that read live
 * rows, and find the others first. Everything else is where it always is.
 */
export async function inRestored<T>(tx: Tx, read: () => Promise<T>): Promise<T> {
  await tx.query({ text: "set local search_path = restored, public" });
  const result = await read();
  await tx.query({ text: "set local search_path to default" });
  return result;
}

/** What is read of live rows, and of restored ones where there are some. */
export const inBoth = async <T>(tx: Tx, withRestored: boolean, read: () => Promise<T>): Promise<T[]> =>
  withRestored ? [await read(), await inRestored(tx, read)] : [await read()];
