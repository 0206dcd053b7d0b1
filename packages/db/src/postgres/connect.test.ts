import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { type Actor, inAuth, inTenant } from "../tenancy/actor.ts";
import { connect, type Database } from "./connect.ts";
import { isUnavailable, OutOfTime } from "../tenancy/errors.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
let db: Database;
beforeAll(() => {
  db = connect(database.url, { max: 2 });
});
afterAll(() => db.close());

test("values come as they go on the wire", async () => {
  const { rows } = await db.pool.query(
    `select '2026-03-29 01:30:00.123456+01'::timestamptz as micro, '2026-01-01Z'::timestamptz as whole,
       '1969-12-31 23:59:59.5Z'::timestamptz as early, date '2026-02-28' as day, 9007199254740991::bigint as big, 12.50::numeric as exact,
       array['2026-01-01 00:00:00.5+02'::timestamptz, null] as times, array[date '2026-01-01'] as days,
       array[1, null]::bigint[] as bigs, array[0.5]::numeric[] as exacts, '\\x00ff'::bytea as bytes, null::timestamptz as nothing`,
  );
  expect(rows[0]).toEqual({
    micro: "2026-03-29T00:30:00.123Z",
    whole: "2026-01-01T00:00:00.000Z",
    early: "1969-12-31T23:59:59.500Z",
    day: "2026-02-28",
    big: 9_007_199_254_740_991,
    exact: 12.5,
    times: ["2025-12-31T22:00:00.500Z", null],
    days: ["2026-01-01"],
    bigs: [1, null],
    exacts: [0.5],
    bytes: Buffer.from([0, 255]),
    nothing: null,
  });
});

test("the zone of the session makes no difference to an instant", async () => {
  const client = await db.pool.connect();
  try {
    for (const zone of ["Asia/Kolkata", "America/St_Johns", "Pacific/Auckland", "UTC"]) {
      await client.query(`set time zone '${zone}'`);
      const { rows } = await client.query("select '2026-07-01 12:00:00.25Z'::timestamptz as at");
      expect(rows).toEqual([{ at: "2026-07-01T12:00:00.250Z" }]);
    }
    await client.query("reset time zone");
  } finally {
    client.release();
  }
});

test("statements are prepared by name, unless the pooler can't keep them", async () => {
  const plain = connect(database.url, { max: 1, prepare: false });
  const prepared = async (on: Database) =>
    inAuth(on, async (tx) => {
      await tx.query({ name: "one", text: "select 1" });
      return tx.query({ text: "select name from pg_prepared_statements" });
    });
  expect(await prepared(db)).toEqual([{ name: "one" }]);
  expect(await prepared(plain)).toEqual([]);
  await plain.close();
  await plain.close();
});

test("connections that the server cuts are replaced, and an absent server is said to be unavailable", async () => {
  const own = connect(database.url, { max: 2 });
  const cut = inAuth(own, async (tx) => {
    const [backend] = await tx.query<{ pid: number }>({ text: "select pg_backend_pid() as pid" });
    await database.pool.query("select pg_terminate_backend($1)", [backend!.pid]);
    await tx.query({ text: "select 1" });
  });
  await expect(cut).rejects.toSatisfy(isUnavailable);
  expect(await inAuth(own, (tx) => tx.query({ text: "select 1 as one" }))).toEqual([{ one: 1 }]);
  await own.close();

  const nowhere = connect("postgres://nobody@127.0.0.1:1/nothing");
  await expect(inAuth(nowhere, (tx) => tx.query({ text: "select 1" }))).rejects.toSatisfy(isUnavailable);
  await nowhere.close();
});

const service = (org_id: number, until?: number): Actor => ({
  kind: "service",
  org_id,
  key_id: "test",
  name: "test",
  source: "test",
  permissions: [],
  request_id: "test",
  ...(until !== undefined && { until }),
});

test("statements of members and services have a limit of time, those of jobs have none, and none stays behind", async () => {
  const limitOf = async (actor: Actor) => {
    const [row] = await inTenant(db, actor, (tx) =>
      tx.query<{ limit: string }>({ text: `select current_setting('statement_timeout') as "limit"` }),
    );
    return row!.limit;
  };
  const { kind: _, ...rest } = service(1);
  expect(await limitOf(service(1))).toBe("10s");
  expect(await limitOf({ ...rest, kind: "member", account_id: "a", role: "viewer" } as Actor)).toBe("10s");
  expect(await limitOf(systemOf(1))).toBe("0");
  expect((await db.pool.query(`select current_setting('statement_timeout') as "limit"`)).rows).toEqual([
    { limit: "0" },
  ]);
});

test("a request whose time is over begins no statement, and what it had begun is undone", async () => {
  const late = service(1, performance.now() + 150);
  let statements = 0;
  const asked = inTenant(db, late, async (tx) => {
    for (;;) {
      await tx.query({ text: "select pg_sleep(0.05)" });
      statements++;
    }
  });
  await expect(asked).rejects.toBeInstanceOf(OutOfTime);
  expect(statements).toBeLessThan(5);
  await expect(inTenant(db, late, (tx) => tx.query({ text: "select 1" }))).rejects.toBeInstanceOf(OutOfTime);
});

test("an organisation that takes all it can get leaves connections to others", async () => {
  const own = connect(database.url, { max: 5 });
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const greedy = Array.from({ length: 20 }, () => inTenant(own, service(1), () => stopped));
  expect(await inTenant(own, service(2), (tx) => tx.query({ text: "select 1 as one" }))).toEqual([{ one: 1 }]);
  expect(own.pool.totalCount).toBe(5);
  stop();
  await Promise.all(greedy);
  await own.close();
});
