import pg from "pg";
import { lateTables } from "../../postgres/late-tables.ts";

/**
 * Vacuums and analyses the tables that autovacuum is late for, as after a purge, one at a time as their owner; tables that
 * are locked are passed over. An emptied partition must be vacuumed before its month can be dropped.
 * @param url a direct way to the server, because vacuum can't run in a transaction
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
