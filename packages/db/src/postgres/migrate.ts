import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { ensureRoles } from "./roles.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const OLDEST = 15;
/** Session-level, so it needs a direct connection: behind PgBouncer in transaction mode it would hold nothing. */
const LOCK = "hashtext('twin: migrate')";
/** The queue's tables come with its package; their row in ops.migrations carries the package's version. */
const QUEUE = "graphile-worker";
const QUEUE_MAIN = pathToFileURL(createRequire(import.meta.url).resolve("graphile-worker"));
const QUEUE_VERSION = (JSON.parse(readFileSync(new URL("../package.json", QUEUE_MAIN), "utf8")) as { version: string })
  .version;
/** Error codes of a database that was never migrated (no role, schema, table), or never by this login (no right). */
const NOT_YET = new Set(["22023", "3F000", "42P01", "42501"]);
const MONTHS_AHEAD = `
  select ensure_month((date_trunc('month', now() at time zone 'UTC') + make_interval(months => i))::date)
  from generate_series(0, 3) i`;

type Migration = { name: string; text: string; checksum: string };

/**
 * Brings a database to the newest schema: roles, the queue's own tables, migrations in order (one transaction
 * a file), partitions for this month and three ahead. Two at once: one runs, the other waits. Nothing to do: two round trips.
 * @param options.folder where the migrations lie, ending in a slash; ours by default
 * @throws Error with one sentence when the server is too old, when applied history was changed or is missing, when the
 *   login may not do it, or when a migration fails (which then has left nothing).
 */
export async function migrate(databaseUrl: string, options: { folder?: URL } = {}): Promise<void> {
  const migrations = await readMigrations(options.folder ?? FOLDER);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "twin migrate" });
  // An idle connection that is cut emits an error, which nobody needs here; the next query fails with the reason.
  client.on("error", () => {});
  try {
    await client.connect();
    if (await isCurrent(client, migrations)) return;
    await refuseOldServer(client);
    await client.query(`select pg_advisory_lock(${LOCK})`);
    await ensureRoles(client);
    await client.query(`
      begin;
      set local role twin_owner;
      create schema if not exists ops;
      create table if not exists ops.migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp());
      commit`);
    const applied = await readApplied(client);
    const pending = pendingOf(migrations, applied);
    // The queue first: our functions look into its tables.
    if (applied.get(QUEUE) !== QUEUE_VERSION) await migrateQueue(client, databaseUrl);
    for (const migration of pending) await apply(client, migration);
    await client.query(`begin; set local role twin_owner; ${MONTHS_AHEAD}; commit`);
  } finally {
    // Also after a refused login: its half-open connection would block others for a minute.
    await client.end();
  }
}

/** True when nothing is left but to make the coming months, which it does. */
async function isCurrent(client: pg.Client, migrations: Migration[]): Promise<boolean> {
  try {
    const applied = await readApplied(client);
    if (pendingOf(migrations, applied).length > 0 || applied.get(QUEUE) !== QUEUE_VERSION) return false;
    await client.query(`begin; set local role twin_owner; ${MONTHS_AHEAD}; commit`);
    return true;
  } catch (error) {
    if (!NOT_YET.has((error as { code?: string }).code ?? "")) throw error;
    await client.query("rollback");
    return false;
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as name",
  );
  const { number, name } = rows[0]!;
  if (Number(number) < OLDEST * 10_000) {
    throw new Error(`PostgreSQL ${OLDEST} or newer is needed, and this server is ${name}.`);
  }
}

async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  const results = (await client.query(
    "begin; set local role twin_owner; select name, checksum from ops.migrations order by name; commit",
  )) as unknown as pg.QueryResult<{ name: string; checksum: string }>[];
  return new Map(results[2]!.rows.map((row) => [row.name, row.checksum]));
}

/** Migrations that are still to be applied; applied ones must equal their files. */
function pendingOf(migrations: Migration[], applied: Map<string, string>): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  let last = "";
  for (const [name, checksum] of applied) {
    if (name === QUEUE) continue;
    const file = known.get(name);
    if (!file)
      throw new Error(`The database has the migration ${name}, which this version doesn't know: run a newer version.`);
    if (file.checksum !== checksum) {
      throw new Error(
        `The migration ${name} was changed after it had been applied: restore the file and write a new migration.`,
      );
    }
    if (name > last) last = name;
  }
  const pending = migrations.filter((migration) => !applied.has(migration.name));
  const early = pending.find((migration) => migration.name < last);
  if (early)
    throw new Error(
      `The migration ${early.name} comes before ${last}, which has been applied: give it a later number.`,
    );
  return pending;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query("begin; set local role twin_owner; set local search_path = public");
    await client.query(migration.text);
    await client.query("set local role twin_owner");
    await client.query("insert into ops.migrations (name, checksum) values ($1, $2)", [
      migration.name,
      migration.checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {}); // The connection may be gone, and its transaction with it.
    throw new Error(`The migration ${migration.name} failed and was rolled back: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Run as twin_owner, who must own the queue's tables: they have row-level security without a policy. */
async function migrateQueue(client: pg.Client, databaseUrl: string): Promise<void> {
  const { runMigrations, Logger } = await import("graphile-worker");
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: "-c role=twin_owner" });
  // An idle connection that breaks emits an error, which nobody needs here; the next query fails with the reason.
  pool.on("error", () => {});
  pool.on("connect", (connection) => connection.on("error", () => {}));
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
  }
  await client.query(`
    begin;
    set local role twin_owner;
    insert into ops.migrations (name, checksum) values ('${QUEUE}', '${QUEUE_VERSION}')
      on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at;
    commit`);
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
        throw new Error(`The migration ${name} isn't named like 0001_what_it_does.sql.`);
      const text = (await readFile(new URL(name, folder), "utf8")).replaceAll("\r\n", "\n");
      return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}
