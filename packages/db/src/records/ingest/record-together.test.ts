import { expect, test, vi } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { recordTogether } from "./record-together.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-10T12:00:00Z");

type Service = Extract<Actor, { kind: "service" }>;

const query = (external_id: string, extra: object = {}) => ({
  type: "activity",
  external_id,
  user: "u1",
  twin: "t1",
  platform: "web",
  started_at: "2026-03-02T10:00:00Z",
  activity_type: "query",
  ...extra,
});

/** Sends batches at once, in this order. */
const sendAll = ({ actor }: Sender, batches: readonly unknown[][], { bytes = 100 } = {}) =>
  Promise.allSettled(
    batches.map((records, i) =>
      recordTogether(app.db, { ...(actor as Service), request_id: `r${i}` }, { records }, { now, bytes }),
    ),
  );
const answers = (settled: PromiseSettledResult<unknown>[]) =>
  settled.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as { code?: string }).code));
const nothing = { accepted: 0, updated: 0, duplicates: 0, rejected: [], warnings: [] };

/** How many transactions stored the activities. */
async function transactionsOf({ org_id }: Sender): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    "select count(distinct xmin::text)::int n from activities where org_id = $1",
    [org_id],
  );
  return rows[0]!.n;
}

async function withPeople(): Promise<Sender> {
  const sender = await makeSender(app.db);
  await sender.send(people, { now });
  return sender;
}

test("batches that wait share a transaction, and each gets its own answer", async () => {
  const sender = await withPeople();
  const batches = Array.from({ length: 40 }, (_, i) => [
    query(`q${i}`),
    query(`wrong${i}`, { user: "nobody" }),
    conversation(`c${i}`),
    { type: "activity", external_id: "unreadable" },
    query(`q${i}`),
  ]);
  const settled = answers(await sendAll(sender, batches));
  for (const answer of settled)
    expect(answer).toMatchObject({
      accepted: 2,
      duplicates: 1,
      rejected: [
        { index: 1, code: "UNKNOWN_USER" },
        { index: 3, code: "INVALID" },
      ],
    });
  expect(await transactionsOf(sender)).toBe(3);
});

test("what several of them send is accepted once, and a correction that comes after is one", async () => {
  const sender = await withPeople();
  const same = Array.from({ length: 20 }, () => [query("q1")]);
  const settled = answers(await sendAll(sender, [...same, [query("q1", { device_type: "desktop" })]]));
  const accepted = { ...nothing, accepted: 1 };
  const duplicate = { ...nothing, duplicates: 1 };
  expect(settled.slice(0, 20).filter((one) => (one as typeof nothing).accepted === 1)).toEqual([accepted]);
  expect(settled.slice(2, 20)).toEqual(Array.from({ length: 18 }, () => duplicate));
  expect(settled[20]).toEqual({ ...nothing, updated: 1 });
});

test("where one of them is refused, all others are stored", async () => {
  const sender = await withPeople();
  const years = Array.from({ length: 40 }, (_, i) =>
    query(`old${i}`, { started_at: `${2000 + (i % 20)}-0${i < 20 ? 5 : 8}-01T00:00:00Z` }),
  );
  const settled = answers(await sendAll(sender, [[query("a")], [query("b")], [query("c")], years, [query("d")]]));
  const accepted = { ...nothing, accepted: 1 };
  expect(settled).toEqual([accepted, accepted, accepted, "MONTHS_BEING_MADE", accepted]);
});

test("together they are no more than one batch may be", async () => {
  const sender = await withPeople();
  const single = (name: string) => Array.from({ length: 12 }, (_, i) => [query(`${name}${i}`)]);
  await sendAll(sender, single("small"));
  expect(await transactionsOf(sender)).toBe(3);
  await sendAll(sender, single("large"), { bytes: 4_000_000 });
  expect(await transactionsOf(sender)).toBe(3 + 2 + 5);
});

test("where the answer to COMMIT is lost nobody is told that it is stored, and who sends again finds it", async () => {
  const sender = await withPeople();
  const batches = Array.from({ length: 10 }, (_, i) => [query(`q${i}`)]);
  const { pool } = app.db;
  const connect = pool.connect.bind(pool) as () => Promise<object>;
  const connecting = vi.spyOn(pool, "connect").mockImplementation((async () => losing(await connect())) as never);
  const settled = await sendAll(sender, batches);
  connecting.mockRestore();
  for (const one of settled) expect(one).toMatchObject({ reason: { message: "Connection terminated unexpectedly" } });
  expect(answers(await sendAll(sender, batches))).toEqual(batches.map(() => ({ ...nothing, duplicates: 1 })));
});

/** A connection that breaks once the server has stored a transaction. */
function losing<C extends object>(client: C): C {
  return new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name !== "query") return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      return async (what: unknown) => {
        const result = await (value as (what: unknown) => Promise<unknown>).call(target, what);
        if (what === "commit") throw new Error("Connection terminated unexpectedly");
        return result;
      };
    },
  });
}

test("a correction of an owner is written down with the request that made it", async () => {
  const sender = await withPeople();
  const twin = (external_id: string, user: string) => [
    { type: "twin", external_id, user, name: "T", updated_at: "2026-03-09T00:00:00Z" },
  ];
  // The first two take both transactions, and the others wait.
  await sendAll(sender, [
    twin("t3", "u1"),
    twin("t4", "u2"),
    [query("a")],
    twin("t1", "u2"),
    [query("b")],
    twin("t2", "u1"),
  ]);
  const { rows } = await database.pool.query(
    "select request_id from audit_log where org_id = $1 and action = 'twin.set_owner' order by request_id",
    [sender.org_id],
  );
  expect(rows).toEqual([{ request_id: "r3" }, { request_id: "r5" }]);
});
