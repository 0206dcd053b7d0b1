import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { ensureRoles } from "../src/postgres/roles.ts";

/** Where the fixture's files lie: what each is, its README says. */
const folder = new URL("./fixture/", import.meta.url);

/** The database that an earlier version left behind; it stays as it is, whatever is built on top. */
export const fixture = {
  /** When it was left: whatever asks for the time is given this, so that its figures are the same for ever. */
  now: new Date("2026-11-29T20:00:00Z"),
  archive: fileURLToPath(new URL("archive/", folder)),
  ledger: fileURLToPath(new URL("erasures.ndjson", folder)),
  key: () => readFile(new URL("key-encryption-key", folder), "utf8"),
};

/** Fills an empty database with the fixture, as it was left: no later migration has run. */
export async function loadFixture(url: string): Promise<void> {
  const sql = gunzipSync(await readFile(new URL("database.sql.gz", folder))).toString("utf8");
  const client = new pg.Client(url);
  await client.connect();
  try {
    await ensureRoles(client);
    await client.query(sql);
  } finally {
    await client.end();
  }
}
