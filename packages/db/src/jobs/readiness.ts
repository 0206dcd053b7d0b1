import { readdir } from "node:fs/promises";
import type { Database } from "../postgres/connect.ts";
import { readJobsStatus } from "./status.ts";

const folder = new URL("../../migrations/", import.meta.url);

/**
 * Whether the database has all migrations that this version knows, and a worker lives.
 * @throws where the database doesn't answer
 */
export async function readReadiness(db: Database): Promise<{ migrations: boolean; worker: boolean }> {
  const actor = { kind: "system", org_id: 0, job: "readyz", request_id: "readyz" } as const;
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .at(-1);
  const client = await db.pool.connect();
  let migrations = false;
  try {
    // Only the owner may read the list of migrations.
    await client.query("begin; set local role twin_owner");
    migrations = (await client.query("select from ops.migrations where name = $1", [newest])).rowCount === 1;
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    // 42P01, 3F000: the database is empty, not unreachable.
    if (!/^(42P01|3F000|22023|42704)$/.test(String((error as { code?: string }).code))) throw error;
  } finally {
    client.release();
  }
  const { workers } = migrations ? await readJobsStatus(db, actor, {}) : { workers: 0 };
  return { migrations, worker: workers > 0 };
}
