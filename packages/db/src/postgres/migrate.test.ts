import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { startOldServer } from "../../test/old-server.ts";
import { migrate } from "./migrate.ts";

const database = useDatabase({ empty: true });
const migrated = useDatabase();

let folder: URL;
beforeEach(async () => {
  folder = pathToFileURL(`${await mkdtemp(join(tmpdir(), "twin-migrations-"))}/`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFile(new URL(name, folder), text);

/** The least that a folder must make: the partitions that every run keeps ahead. */
const months = "create function ensure_month(d date) returns boolean language sql as 'select false';";

const applied = async (): Promise<string[]> =>
  (await database.pool.query<{ name: string }>("select name from ops.migrations order by name")).rows.map(
    ({ name }) => name,
  );

test("two migrators at once: one runs, the other waits, and each file is applied once", async () => {
  await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
  const files = (await readdir(new URL("../../migrations/", import.meta.url))).sort();
  expect(await applied()).toEqual([...files, "graphile-worker"]);
  const { rows } = await database.pool.query(
    `select count(*)::int as foreign_owned from pg_class
     where relnamespace in ('public'::regnamespace, 'auth'::regnamespace, 'ops'::regnamespace,
         'graphile_worker'::regnamespace, 'ai_twin_analytics'::regnamespace)
       and relowner not in ('twin_owner'::regrole, 'twin_reader'::regrole)
       and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e')`,
  );
  expect(rows).toEqual([{ foreign_owned: 0 }]);
});

test("a second run changes nothing, and makes the months that have come near", async () => {
  const count =
    "select count(*)::int as rows from pg_class where relispartition and relname like 'messages\\_____\\___'";
  await migrated.pool.query("select drop_month((now() + interval '3 months')::date)");
  expect((await migrated.pool.query(count)).rows).toEqual([{ rows: 3 }]);
  await migrate(migrated.url);
  await migrate(migrated.url);
  expect((await migrated.pool.query(count)).rows).toEqual([{ rows: 4 }]);
});

test("the time zone of a session doesn't shift the months", async () => {
  const url = new URL(migrated.url);
  url.searchParams.set("options", "-c TimeZone=Pacific/Kiritimati");
  await migrate(url.href);
});

test("a migration that fails half-way leaves nothing, and says where", async () => {
  const own = await emptyDatabase("half");
  await write("0001_months.sql", months);
  await write("0002_half.sql", "create table half (id int); insert into half values (1); select 1 / 0;");
  await write("0003_never.sql", "create table never (id int);");
  await expect(migrate(own.url, { folder })).rejects.toThrow(
    /^The migration 0002_half\.sql failed and was rolled back: division by zero$/,
  );
  expect(await own.ask("select to_regclass('half') is null and to_regclass('never') is null as clean")).toEqual([
    { clean: true },
  ]);
  expect(await own.ask("select name from ops.migrations where name like '%.sql'")).toEqual([
    { name: "0001_months.sql" },
  ]);

  await write("0002_half.sql", "create table half (id int);");
  await migrate(own.url, { folder });
  expect(await own.ask("select count(*)::int as rows from half")).toEqual([{ rows: 0 }]);
});

test("changed, missing and belated history is refused in one sentence", async () => {
  const own = await emptyDatabase("history");
  await write("0001_months.sql", months);
  await write("0003_later.sql", "select 1");
  await migrate(own.url, { folder });

  await write("0003_later.sql", "select 2");
  await expect(migrate(own.url, { folder })).rejects.toThrow(
    /^The migration 0003_later\.sql was changed after it had been applied/,
  );
  await write("0003_later.sql", "select 1");
  await write("0002_belated.sql", "select 1");
  await expect(migrate(own.url, { folder })).rejects.toThrow(
    /^The migration 0002_belated\.sql comes before 0003_later\.sql/,
  );
  await rm(new URL("0002_belated.sql", folder));
  await rm(new URL("0003_later.sql", folder));
  await expect(migrate(own.url, { folder })).rejects.toThrow(
    /^The database has the migration 0003_later\.sql, which this version/,
  );
  await write("later.sql", "select 1");
  await expect(migrate(own.url, { folder })).rejects.toThrow(/^The migration later\.sql isn't named like/);
});

test("line endings of a checkout don't change history", async () => {
  const own = await emptyDatabase("endings");
  await write("0001_months.sql", `${months}\nselect 1;\n`);
  await migrate(own.url, { folder });
  await write("0001_months.sql", `${months}\r\nselect 1;\r\n`);
  await migrate(own.url, { folder });
});

test("a login with CREATEROLE that owns its database will do", async () => {
  const own = await emptyDatabase("plain", "test_plain_login");
  await migrate(own.url);
  await migrate(own.url);
  const client = new pg.Client(own.url);
  try {
    await client.connect();
    await client.query("begin; set local role twin_app; set local app.org_id = '1'; select * from users; commit");
    await client.query("begin; set local role twin_worker; select refresh_monthly_user_stats(); commit");
    await client.query("begin; set local role twin_auth; select enqueue_job('x', '{}'); commit");
  } finally {
    await client.end();
  }
});

test("a server older than 15 is refused in one sentence", async () => {
  const server = await startOldServer("14.12 (Debian 14.12-1)", "140012");
  await expect(migrate(server.url)).rejects.toThrow(
    /^PostgreSQL 15 or newer is needed, and this server is 14\.12 \(Debian 14\.12-1\)\.$/,
  );
  server.stop();
});

test("a server that isn't there is said at once", async () => {
  await expect(migrate("postgres://nobody@127.0.0.1:1/nothing")).rejects.toThrow(/ECONNREFUSED/);
  const stranger = new URL(database.url);
  stranger.password = "wrong";
  stranger.username = "nobody";
  await expect(migrate(stranger.href)).rejects.toThrow(/password authentication failed/);
});

test("a login that may not make or take on the roles is told so", async () => {
  const own = await emptyDatabase("weak", "test_weak_login", "nocreaterole");
  await expect(migrate(own.url)).rejects.toThrow(
    /^The database login may not set up the roles .+ use a login that owns/,
  );
});

/** A database on the same server, owned by a login of its own where one is named. */
async function emptyDatabase(label: string, login?: string, attributes = "createrole") {
  const name = `test_migrate_${label}_${process.pid}_${Date.now()}`;
  const url = new URL(database.url);
  url.pathname = `/${name}`;
  if (login) {
    // The roles of the cluster are there already, made by another: this login is handed them as an administrator would.
    const admin = attributes === "createrole" ? await administrable() : "";
    await database.pool.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${login}') then create role ${login} login password 'plain' ${attributes}; end if;
      end $$; ${admin.replaceAll("LOGIN", login)}`);
    url.username = login;
    url.password = "plain";
  }
  await database.pool.query(`create database ${name} template template0 ${login ? `owner ${login}` : ""}`);
  cleanups.push(name);
  return {
    url: url.href,
    ask: async (text: string): Promise<unknown[]> => {
      const asUs = new URL(database.url);
      asUs.pathname = `/${name}`;
      const client = new pg.Client(asUs.href);
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
  };
}

/** Since 16 a login administers only the roles that it made or was given. */
async function administrable(): Promise<string> {
  const { rows } = await database.pool.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const roles = "twin_owner, twin_app, twin_worker, twin_auth, twin_reader, twin_analyst";
  return rows[0]!.version >= 160_000 ? `grant ${roles} to LOGIN with admin true, inherit false, set false` : "";
}

const cleanups: string[] = [];
afterEach(async () => {
  for (const name of cleanups.splice(0)) await database.pool.query(`drop database if exists ${name} with (force)`);
});
