import pg from "pg";

/** First key of the advisory lock that imports hold shared; the second is the organisation. */
export const importLock = "hashtext('twin: import')";
/** First key of the advisory lock that an import holds alone; the second is its number. */
export const runLock = "hashtext('twin: import run')";

/**
 * Says that the import `run` of this organisation runs, until `end()` or the end of the process: no day of it is sealed
 * meanwhile, so what an interrupted import brings the second time isn't too old, and it can't be taken back. Many may run at
 * once.
 * @param url a direct way to the server: through a pooler the lock would be somebody else's
 */
export async function holdImport(url: string, org_id: number, run: number): Promise<{ end(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, application_name: "twin import" });
  // A connection that is lost only lets the seal go on; the import finds out by itself.
  client.on("error", () => {});
  await client.connect();
  await client.query(`select pg_advisory_lock_shared(${importLock}, $1), pg_advisory_lock(${runLock}, $2)`, [
    org_id,
    run,
  ]);
  return { end: () => client.end() };
}
