import { gzipSync } from "node:zlib";
import { limits } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { makeTenant, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

const send = (
  body: string | Uint8Array<ArrayBuffer>,
  type = "application/json",
  headers: Record<string, string> = {},
) =>
  api.fetch(tenant.everything, "/api/ingest", { method: "POST", body, headers: { "content-type": type, ...headers } });
const ndjson = "application/x-ndjson";
let people = 0;
const user = (more: object = {}) => ({ type: "user", email: `sent${people++}@acme.example`, full_name: "N", ...more });
const session = (more: object) => ({
  type: "session",
  external_id: `s${people++}`,
  user: `${tenant.canary}@${tenant.canary}.example`,
  platform: "web",
  ...more,
});

test("a body that is a list is told what to send instead, over REST and tRPC", async () => {
  const says = /this is a list: send \{"records": \[ … \]\} as application\/json, or one record a line/;
  const rest = await send(JSON.stringify([user()]));
  expect(rest).toMatchObject({ status: 400, body: { code: "BAD_REQUEST" } });
  expect(rest.text.replaceAll("\\", "")).toMatch(says);
  const { status, text } = await api.call(tenant.everything, "ingest.batch", [user()], "mutation");
  expect(status).toBe(400);
  expect(text.replaceAll("\\", "")).toMatch(says);
});

test("a batch or a list on a line, a comma after a record and a pretty-printed file are named for what they are", async () => {
  const rejectedOf = async (body: string) => (await send(body, ndjson)).body.rejected as { message: string }[];
  const line = JSON.stringify(user());
  expect(await rejectedOf(JSON.stringify({ records: [user()] }))).toMatchObject([
    { index: 0, code: "INVALID", message: expect.stringMatching(/^this is a whole batch/) },
  ]);
  expect(await rejectedOf(`[${line}]`)).toMatchObject([
    { message: expect.stringMatching(/^this is a list of records/) },
  ]);
  expect(await rejectedOf(`${line},\n${line}`)).toMatchObject([
    { index: 0, message: expect.stringMatching(/comma after the record/) },
  ]);
  const pretty = await rejectedOf(JSON.stringify({ records: [user()] }, null, 2));
  for (const { message } of pretty) expect(message).toMatch(/over several lines/);
  expect(pretty.length).toBeGreaterThan(5);
  const lines = await send(`${line}\n${line}`);
  expect(lines.body.detail).toContain("one record a line is application/x-ndjson");
});

test("gzip is known by its first bytes, whatever the headers say", async () => {
  const json = JSON.stringify({ records: [user()] });
  expect((await send(new Uint8Array(gzipSync(json)))).body).toMatchObject({ accepted: 1 });
  const packed = JSON.stringify({ records: [user()] });
  const named = { "content-encoding": "gzip" };
  expect((await send(new Uint8Array(gzipSync(packed)), "application/json", named)).body).toMatchObject({ accepted: 1 });
  const line = JSON.stringify(user());
  expect((await send(new Uint8Array(gzipSync(line)), ndjson)).body).toMatchObject({ accepted: 1 });
  // A proxy that unpacked it may have left the header.
  expect((await send(JSON.stringify({ records: [user()] }), "application/json", named)).body).toMatchObject({
    accepted: 1,
  });
  expect((await send(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2]))).body.detail).toContain("gzip");
  expect((await send("x", "application/json", { "content-encoding": "br" })).status).toBe(415);
});

test("an offset without a colon and a leap second are the instant that they name", async () => {
  const { body } = await send(
    JSON.stringify({
      records: [
        session({ external_id: "colon", started_at: "2026-01-05T10:30:00+0530", ended_at: "2026-01-05T05:10:00Z" }),
        session({ external_id: "leap", started_at: "2016-12-31T23:59:60Z" }),
        session({ external_id: "not", started_at: "2016-12-31T22:59:60Z" }),
      ],
    }),
  );
  expect(body).toMatchObject({ accepted: 2, rejected: [{ index: 2, code: "INVALID", path: "started_at" }] });
  const { rows } = await api.database.pool.query(
    "select started_at from sessions where org_id = $1 and not is_derived and ip_address is null order by started_at",
    [tenant.org_id],
  );
  expect(rows.map(({ started_at }) => new Date(started_at).toISOString())).toEqual([
    "2017-01-01T00:00:00.000Z",
    "2026-01-05T05:00:00.000Z",
  ]);
});

test("an unknown field is a warning with the nearest known name, on its record's line, and the record is stored", async () => {
  const lines = ["not json", JSON.stringify(user({ fullName: "X", created: "x" })), JSON.stringify(user())];
  const { body } = await send(lines.join("\n"), ndjson);
  expect(body).toMatchObject({ accepted: 2, rejected: [{ index: 0 }] });
  expect(body.warnings).toEqual([
    { index: 1, path: "fullName", message: "unknown, not stored: did you mean full_name?" },
    { index: 1, path: "created", message: "unknown, not stored: did you mean created_at?" },
  ]);
  const many = Array.from({ length: 300 }, () => user({ a1: 1, b2: 1, c3: 1, d4: 1 }));
  const { warnings } = (await send(JSON.stringify({ records: many }))).body;
  expect(warnings).toHaveLength(1_000);
  expect(warnings.at(-1).message).toBe("unknown, not stored; and 200 more like this");
  expect(limits.batchRecords).toBeGreaterThan(300);
});

test("every one of a hundred and fifty thousand messages that are none is named", async () => {
  const messages = Array.from({ length: 19_000 }, () => 0);
  const records = Array.from({ length: 8 }, (_, i) => ({
    type: "activity",
    external_id: `none-${i}`,
    user: `${tenant.canary}@${tenant.canary}.example`,
    twin: "t1",
    activity_type: "conversation",
    platform: "web",
    started_at: new Date(Date.now() - 3_600_000).toISOString(),
    conversation: { messages },
  }));
  const { status, body } = await send(JSON.stringify({ records }));
  expect([status, body.accepted, body.rejected.length]).toEqual([200, 8, 152_000]);
});
