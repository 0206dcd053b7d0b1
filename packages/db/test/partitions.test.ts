import { beforeAll, expect, test } from "vitest";
import { vacuumLateTables } from "../src/records/partitions/vacuum.ts";
import { floorId, mintId } from "../src/postgres/uuid-time.ts";
import { useDatabase } from "./database.ts";
import { makeActivity, makeMessages, makeOrganization, makePerson, makeSession, type Person } from "./rows.ts";

const database = useDatabase({ max: 8 });
let person: Person;
beforeAll(async () => {
  person = await makePerson(database.pool, await makeOrganization(database.pool, "acme"));
});

const families = [
  "activities",
  "conversations",
  "documents",
  "feature_events",
  "messages",
  "queries",
  "sessions",
  "shared_twin_interactions",
];
const partitionsOf = async (month: string): Promise<string[]> =>
  (
    await database.pool.query<{ parent: string }>(
      `select i.inhparent::regclass::text as parent from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where c.relname like '%\\_' || $1 and c.relkind = 'r' order by 1`,
      [month],
    )
  ).rows.map(({ parent }) => parent);
const ensure = async (day: string): Promise<boolean> =>
  (await database.pool.query<{ made: boolean }>("select ensure_month($1) as made", [day])).rows[0]!.made;

/** Whoever is in the way for a moment, like autovacuum, is waited for. */
const dropMonth = async (day: string): Promise<string[]> => {
  for (;;) {
    try {
      const { rows } = await database.pool.query<{ dropped: string[] }>("select drop_month($1) as dropped", [day]);
      return rows[0]!.dropped;
    } catch (error) {
      if ((error as { code?: string }).code !== "55P03") throw error;
    }
  }
};

test("this month and three ahead stand ready", async () => {
  const { rows } = await database.pool.query<{ month: string }>(
    `select to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => i), 'YYYY_MM') as month
     from generate_series(0, 3) i`,
  );
  for (const { month } of rows) expect(await partitionsOf(month)).toEqual(families);
});

test("any day of a month makes the month, once, whatever the session's time zone", async () => {
  const client = await database.pool.connect();
  await client.query("set time zone 'Pacific/Auckland'");
  const made = await client.query("select ensure_month('2019-02-28') as first, ensure_month('2019-02-01') as second");
  await client.query("reset time zone");
  client.release();
  expect(made.rows).toEqual([{ first: true, second: false }]);
  expect(await partitionsOf("2019_02")).toEqual(families);
  const { rows } = await database.pool.query<{ bound: string }>(
    "select pg_get_expr(relpartbound, oid) as bound from pg_class where relname = 'activities_2019_02'",
  );
  const [first, next] = [Date.UTC(2019, 1, 1), Date.UTC(2019, 2, 1)];
  expect(rows[0]!.bound).toBe(`FOR VALUES FROM ('${floorId(first)}') TO ('${floorId(next)}')`);
});

test("a partition refers to its sibling, and has every index and check of its parent", async () => {
  await ensure("2019-03-01");
  const { rows } = await database.pool.query<{ key: string }>(
    `select conrelid::regclass || ' -> ' || confrelid::regclass as key from pg_constraint
     where contype = 'f' and conrelid::regclass::text like '%\\_2019\\_03' order by 1`,
  );
  expect(rows.map(({ key }) => key)).toEqual([
    "activities_2019_03 -> users",
    "conversations_2019_03 -> activities_2019_03",
    "documents_2019_03 -> activities_2019_03",
    "feature_events_2019_03 -> users",
    "messages_2019_03 -> conversations_2019_03",
    "queries_2019_03 -> activities_2019_03",
    "sessions_2019_03 -> users",
    "shared_twin_interactions_2019_03 -> activities_2019_03",
  ]);
  const bare = await database.pool.query(
    `select parent.relname from pg_class parent join pg_class part on part.relname = parent.relname || '_2019_03'
     where parent.relkind = 'p' and ((select count(*) from pg_index where indrelid = parent.oid) <> (select count(*) from pg_index where indrelid = part.oid)
       or (select count(*) from pg_constraint where conrelid = parent.oid and contype = 'c')
         <> (select count(*) from pg_constraint where conrelid = part.oid and contype = 'c')
       or exists (select from pg_index i where i.indrelid = parent.oid and not i.indisvalid))`,
  );
  expect(bare.rows).toEqual([]);
});

test("many at once make a month once", async () => {
  const made = await Promise.all(Array.from({ length: 8 }, (_, i) => ensure(`2018-0${1 + (i % 2)}-1${i}`)));
  expect(made.filter(Boolean)).toHaveLength(2);
  for (const month of ["2018_01", "2018_02"]) expect(await partitionsOf(month)).toEqual(families);
});

test("a missing month is a loud error", async () => {
  await expect(makeActivity(database.pool, person, "2011-07-04T12:00:00Z")).rejects.toThrow(
    /no partition of relation "activities" found/,
  );
  await expect(ensure("1969-12-31")).rejects.toThrow(/no partition can be made/);
});

test("an id that isn't its row's time is refused", async () => {
  await ensure("2019-04-01");
  const at = Date.UTC(2019, 3, 5);
  const session = `insert into sessions (org_id, id, user_id, platform, started_at) values ($1, $2, $3, 'web', $4)`;
  const values = [person.org_id, mintId(at, "x"), person.user_id];
  await expect(database.pool.query(session, [...values, new Date(at + 1)])).rejects.toThrow(/sessions_id_is_time/);
  await database.pool.query(session, [...values, new Date(at)]);
  const ahead = await database.pool.query("select uuid_time(id) = started_at as same from sessions where id = $1", [
    values[1],
  ]);
  expect(ahead.rows).toEqual([{ same: true }]);
});

test("PostgreSQL and we read the same time and the same floor", async () => {
  for (const ms of [
    0,
    1,
    946_684_800_000,
    Date.UTC(2026, 10, 22, 12, 0, 0, 123),
    Date.UTC(2199, 11, 31, 23, 59, 59, 999),
  ]) {
    const { rows } = await database.pool.query("select uuid_time($1) as at, uuid_floor($2::timestamptz) as floor", [
      mintId(ms, "x"),
      new Date(ms).toISOString(),
    ]);
    expect(rows).toEqual([{ at: new Date(ms), floor: floorId(ms) }]);
  }
  const { rows } = await database.pool.query("select uuid_floor('2026-01-01 00:00:00.0019Z') as floor");
  expect(rows).toEqual([{ floor: floorId(Date.UTC(2026, 0, 1) + 1) }]);
});

test("a month goes children first, keeps what holds a row, and comes back", async () => {
  await ensure("2017-05-01");
  const conversation = await makeActivity(database.pool, person, "2017-05-09T10:00:00Z");
  await makeMessages(database.pool, person, conversation, [1]);
  const session = await makeSession(database.pool, person, "2017-05-09T10:00:00Z");
  const drop = () => dropMonth("2017-05-31");

  // Empty details of a month with activities may go; what messages refer to may not.
  expect(await drop()).toEqual(
    ["documents", "queries", "shared_twin_interactions", "feature_events"].map((name) => `${name}_2017_05`),
  );
  await database.pool.query("delete from messages where conversation_id = $1", [conversation]);
  expect(await drop()).toEqual(["messages_2017_05"]);
  await database.pool.query("delete from sessions where id = $1", [session]);
  await database.pool.query("delete from activities where id = $1", [conversation]);
  expect(await drop()).toEqual(["conversations_2017_05", "activities_2017_05", "sessions_2017_05"]);
  expect(await drop()).toEqual([]);

  expect(await ensure("2017-05-01")).toBe(true);
  await makeMessages(database.pool, person, await makeActivity(database.pool, person, "2017-05-09T10:00:00Z"), [1]);
});

test("messages that were dropped by the month come back beside activities that stayed", async () => {
  await ensure("2017-06-01");
  const conversation = await makeActivity(database.pool, person, "2017-06-09T10:00:00Z");
  await dropMonth("2017-06-01");
  expect(await partitionsOf("2017_06")).toEqual(["activities", "conversations"]);
  await ensure("2017-06-01");
  await makeMessages(database.pool, person, conversation, [5]);
  expect(await partitionsOf("2017_06")).toEqual(families);
});

test("a month waits for nobody long, and who is in its way never pays for it", async () => {
  await ensure("2017-07-01");
  const reader = await database.pool.connect();
  await reader.query("begin");
  await reader.query("select from users limit 1");
  await expect(database.pool.query("select drop_month('2017-07-01')")).rejects.toMatchObject({ code: "55P03" });
  await reader.query("commit");
  reader.release();
  expect(await partitionsOf("2017_07")).toEqual(families);
  await dropMonth("2017-07-01");
  expect(await partitionsOf("2017_07")).toEqual([]);
});

test("tables that autovacuum is late for are vacuumed by their owner", async () => {
  await ensure("2017-08-01");
  const at = "2017-08-09T10:00:00Z";
  await database.pool.query("alter table feature_events_2017_08 set (autovacuum_enabled = off)");
  const writer = await database.pool.connect();
  await writer.query(
    `insert into feature_events (org_id, id, user_id, feature_name, used_at)
     select $1, (left(uuid_floor($3)::text, 14) || '7' || lpad(to_hex(i), 3, '0') || '-8' || lpad(to_hex(i), 3, '0') || '-' || lpad(to_hex(i), 12, '0'))::uuid, $2, 'x', $3
     from generate_series(1, 5001) i`,
    [person.org_id, person.user_id, at],
  );
  await writer.query("select pg_stat_force_next_flush()");
  await writer.query("select 1");
  writer.release();
  const signal = new AbortController().signal;
  expect(await vacuumLateTables(database.url, signal)).toContain("feature_events_2017_08");
  expect(await vacuumLateTables(database.url, signal)).not.toContain("feature_events_2017_08");
});
