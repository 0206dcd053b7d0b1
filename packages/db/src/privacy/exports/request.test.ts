import { beforeEach, expect, test } from "vitest";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readPrivacy } from "../erasures/privacy.ts";
import { eraseDue } from "../erasures/run.ts";
import { expireExports } from "./expire.ts";
import { failExport } from "./fail.ts";
import { fetchExport } from "./fetch.ts";
import { requestExport } from "./request.ts";
import { reopenExport, storeExport } from "./store.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
let sender: Sender;
let [sarah, mike] = ["", ""];

beforeEach(async () => {
  sender = await makeSender(application.db);
  await sender.send([...people, conversation("a1")], { now });
  const { rows } = await database.pool.query("select id from users where org_id = $1 order by n", [sender.org_id]);
  [sarah, mike] = rows.map(({ id }) => id as string) as [string, string];
});

const as = (account_id: string, org_id = sender.org_id): Actor => ({
  kind: "member",
  org_id,
  account_id,
  name: account_id,
  role: "admin",
  permissions: permissionsOf("admin"),
  request_id: "test",
});
const request = (account: string, user_id = sarah, at = now) =>
  requestExport(application.db, as(account), { user_id }, at);
async function* zip() {
  yield Buffer.from("a zip");
}
const make = async (id: string) => {
  const actor = systemOf(sender.org_id);
  const user_id = await reopenExport(application.db, actor, id);
  const options = { now: () => now, signal: new AbortController().signal, reached: () => {} };
  return user_id && storeExport(application.db, actor, id, zip(), options);
};
const fetch = async (account: string, id: string, at = now): Promise<string> => {
  const { chunks } = await fetchExport(application.db, as(account), id, at);
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
};
const shownTo = async (account: string, user_id = sarah) =>
  (await readPrivacy(application.db, as(account), { user_id }, now)).export;
const statuses = async () =>
  (
    await database.pool.query(
      `select requested_by, user_id, status, (select count(*)::int from export_chunks c where c.org_id = x.org_id and c.export_id = x.id) as chunks
       from exports x where org_id = $1 order by requested_at, requested_by`,
      [sender.org_id],
    )
  ).rows;

test("each who asks has a copy of their own: asking again takes one's own earlier one of that person, and no other", async () => {
  const ids: string[] = [];
  for (const [account, user] of [
    ["priya", sarah],
    ["omar", sarah],
    ["priya", mike],
  ] as const) {
    const { id } = await request(account, user);
    ids.push(id);
    expect(await make(id)).toBe(5);
  }
  const again = await request("priya", sarah, later(1));
  expect(
    (await statuses()).map(({ requested_by, user_id, status, chunks }) => [requested_by, user_id, status, chunks]),
  ).toEqual(
    expect.arrayContaining([
      ["omar", sarah, "ready", 1],
      ["priya", sarah, "expired", 0],
      ["priya", mike, "ready", 1],
      ["priya", sarah, "queued", 0],
    ]),
  );
  expect(await shownTo("priya")).toMatchObject({ id: again.id, status: "queued" });
  expect(await shownTo("omar")).toMatchObject({ id: ids[1], status: "ready" });
  expect(await shownTo("nobody")).toBeNull();
  await expect(fetch("priya", ids[1]!)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await fetch("omar", ids[1]!)).toBe("a zip");
});

test("one that was asked for again isn't made any more", async () => {
  const { id } = await request("priya");
  await request("priya", sarah, later(1));
  expect(await make(id)).toBeNull();
  expect(
    await storeExport(application.db, systemOf(sender.org_id), id, zip(), {
      now: () => now,
      signal: new AbortController().signal,
      reached: () => {},
    }),
  ).toBeNull();
});

test("of two who fetch at once one gets it, and a download that broke off may be begun again", async () => {
  const { id } = await request("priya");
  await make(id);
  const begun = await Promise.allSettled([1, 2].map(() => fetchExport(application.db, as("priya"), id, now)));
  expect(begun.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(fetch("priya", id, later(9))).rejects.toMatchObject({ code: "CONFLICT" });
  // Who held the claim is silent for ten minutes.
  const { chunks } = await fetchExport(application.db, as("priya"), id, later(11));
  await chunks.next();
  await chunks.return(undefined);
  expect(await fetch("priya", id, later(12))).toBe("a zip");
  await expect(fetch("priya", id, later(60))).rejects.toMatchObject({ code: "CONFLICT" });
});

test("another organisation's people and copies aren't there", async () => {
  const other = await makeSender(application.db);
  const stranger = as("priya", other.org_id);
  await expect(requestExport(application.db, stranger, { user_id: sarah }, now)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  const { id } = await request("priya");
  await make(id);
  await expect(fetchExport(application.db, stranger, id, now)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await reopenExport(application.db, systemOf(other.org_id), id)).toBeNull();
  expect(await expireExports(application.db, systemOf(other.org_id), later(60 * 24 * 30))).toBe(0);
  expect(await statuses()).toMatchObject([{ status: "ready" }]);
});

test("once an erasure has begun no copy is asked for, made or kept", async () => {
  const { id } = await request("priya");
  const ready = await request("omar");
  await make(ready.id);
  await askAtOnce(application.db, sender.org_id, sarah, "sarah.chen@acme.example", now);
  expect(await request("eve")).toMatchObject({ status: "queued" });
  const ledger = memoryLedger();
  await eraseDue(application.db, systemOf(sender.org_id), { now, ledger, signal: AbortSignal.abort() });
  await expect(request("priya")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await make(id)).toBeNull();
  await eraseDue(application.db, systemOf(sender.org_id), { now, ledger });
  expect(await statuses()).toEqual([]);
  const { rows } = await database.pool.query(
    "select counts -> 'exports' as exports from erasures where org_id = $1 and status = 'erased'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ exports: { erased: 3 } }]);
});

test("whatever state a copy that nobody fetched is in, its time ends, and what is fetched stays so", async () => {
  const made = [];
  for (const account of ["queued", "ready", "failed", "fetched"]) made.push((await request(account)).id);
  const [, ready, failed, fetched] = made as [string, string, string, string];
  for (const id of [ready, fetched]) await make(id);
  await failExport(application.db, systemOf(sender.org_id), failed, { reason: "r", isLast: true });
  await fetch("fetched", fetched);
  const days = 60 * 24;
  expect(await expireExports(application.db, systemOf(sender.org_id), later(14 * days))).toBe(0);
  expect(await expireExports(application.db, systemOf(sender.org_id), later(14 * days + 1))).toBe(3);
  expect(Object.fromEntries((await statuses()).map(({ requested_by, status }) => [requested_by, status]))).toEqual({
    queued: "expired",
    ready: "expired",
    failed: "expired",
    fetched: "fetched",
  });
});
