import pg from "pg";

/** Fewer dead or new rows are nobody's trouble. */
const fewRows = 5_000;
/** Tables in one go; the next go takes the others. */
const atOnce = 20;

/**
 * Tables that autovacuum should have been at: more dead rows than its own threshold, or never analysed since they were
 * filled, or much changed since. The worst first.
 */
export const lateTables = `
  select s.relid::regclass::text as name, s.n_dead_tup::int as dead_rows
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where pg_get_userbyid(c.relowner) = 'twin_owner' and c.relkind = 'r' and (
    s.n_dead_tup > ${fewRows} + 0.2 * s.n_live_tup
    or s.n_mod_since_analyze > ${fewRows} + 0.2 * s.n_live_tup
    or s.last_analyze is null and s.last_autoanalyze is null and s.n_mod_since_analyze >= ${fewRows})
  order by s.n_dead_tup desc, s.n_mod_since_analyze desc limit ${atOnce}`;

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
