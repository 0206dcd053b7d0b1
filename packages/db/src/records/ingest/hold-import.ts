import pg from "pg";

/** First key of the advisory lock that imports hold shared; the second is the organisation. */
export const importLock = "hashtext('twin: import')";
/** First key of the advisory lock that an import holds alone; the second is its number. */
export const runLock = "hashtext('twin: import run')";

/**
 * Tells others that the import `run` of this organisation runs, until `end()` or the end of the process. Meanwhile no day
 * is sealed, so what an interrupted import sends a second time isn't too old, and the import can't be undone. Many may run
 * at once.
 * @param url a direct way to the server: through a pooler the lock would be held by another client's connection
 */
export async function holdImport(url: string, org_id: number, run: number): Promise<{ end(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, application_name: "twin import" });
  // Where the connection is lost the seal may advance; the import notices by itself.
  client.on("error", () => {});
  await client.connect();
  await client.query(`select pg_advisory_lock_shared(${importLock}, $1), pg_advisory_lock(${runLock}, $2)`, [
    org_id,
    run,
  ]);
  return { end: () => client.end() };
}
