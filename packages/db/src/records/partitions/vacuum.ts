import pg from "pg";
import { lateTables } from "../../postgres/late-tables.ts";

/**
 * Vacuums and analyses the tables that autovacuum is late for, as after a purge, a table at a time as their owner; tables
 * that somebody holds are passed over. What it frees of a partition that is empty lets its month be dropped.
 * @param url a direct way to the server, as vacuum is no part of a transaction
 * @returns names of the tables
 */
export async function vacuumLateTables(url: string, signal: AbortSignal): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: "twin vacuum" });
  await client.connect();
  try {
    await client.query("set role twin_owner");
    const { rows } = await client.query<{ name: string }>(lateTables);
    const done: string[] = [];
    for (const { name } of rows) {
      if (signal.aborted) break;
      // A name as the catalogue quotes it.
      await client.query(`vacuum (analyze, skip_locked) ${name}`);
      done.push(name);
    }
    return done;
  } finally {
    await client.end();
  }
}
