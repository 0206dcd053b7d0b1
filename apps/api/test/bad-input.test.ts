import { beforeAll, expect, test } from "vitest";
import { gzipSync } from "node:zlib";
import { makeTenant, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

const uuid = "0198c0de-0000-7000-8000-000000000000";

const reads: [what: string, path: string, status: number, field: string | null][] = [
  ["a day that doesn't exist", "/api/metrics?start_date=2026-02-30&end_date=2026-03-01", 400, "start_date"],
  ["a range backwards", "/api/metrics?start_date=2026-03-02&end_date=2026-03-01", 400, "start_date"],
  ["half a range", "/api/metrics?start_date=2026-03-02", 400, "end_date"],
  ["more than 400 buckets", "/api/metrics?start_date=2020-01-01&end_date=2026-01-01", 400, "interval"],
  ["an unknown interval", "/api/charts/activity?interval=hour", 400, "interval"],
  ["a wrong comparison", "/api/metrics?compare=next", 400, "compare"],
  ["text for a number", "/api/activities?limit=many", 400, "limit"],
  ["half a page", "/api/activities?page=1.5", 400, "page"],
  ["page 0", "/api/activities?page=0", 400, "page"],
  ["a page too deep", "/api/activities?page=201&limit=50", 400, "page"],
  ["too long a page", "/api/activities?limit=201", 400, "limit"],
  ["a foreign cursor", "/api/activities?cursor=abc", 400, "cursor"],
  ["an unknown type", "/api/activities?type=conversation,dance", 400, "type[1]"],
  ["no uuid", "/api/activities/42", 400, "id"],
  ["too short a reason", `/api/activities/${uuid}?reason=x`, 400, "reason"],
  ["an unknown activity", `/api/activities/${uuid}`, 404, "id"],
  ["NUL in a filter", "/api/activities?user=%00", 400, "user"],
  ["NUL in a list", "/api/activities?platform=web,%00", 400, "platform[1]"],
  ["NUL in a department", "/api/metrics?department=%00", 400, "department"],
  [
    "a day that isn't one, in weeks",
    "/api/metrics?start_date=soon&end_date=2026-03-01&interval=week",
    400,
    "start_date",
  ],
  ["the same of cohorts", "/api/retention?start_date=2026-03-01&end_date=2026-03-01T00:00Z", 400, "end_date"],
  ["the last day that can be written", "/api/activities?start_date=2026-03-01&end_date=9999-12-31", 400, "end_date"],
  ["the first", "/api/metrics?start_date=0001-01-01&end_date=0001-01-02&compare=previous", 400, "start_date"],
  ["a broken percent sign", "/api/activities?user=%E0%A4%A", 400, "user"],
  ["an unknown user", "/api/activities?user=nobody", 400, "user"],
  ["an unknown twin", "/api/activities?twin=nobodys", 400, "twin"],
  ["a twin that never was", `/api/activities?twin=${uuid}`, 400, "twin"],
  ["a path that doesn't exist", "/api/nothing", 404, null],
];

for (const [what, path, status, field] of reads) {
  test(`GET: ${what} is answered with ${status}${field ? ` and names ${field}` : ""}`, async () => {
    const answer = await api.fetch(tenant.everything, path);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({
      status,
      request_id: answer.headers.get("x-request-id"),
      title: expect.any(String),
      detail: expect.any(String),
    });
    if (field) expect(answer.body.errors.map(({ path: one }: { path: string }) => one)).toContain(field);
  });
}

const post = (
  body: NonNullable<RequestInit["body"]>,
  type = "application/json",
  headers: Record<string, string> = {},
) =>
  api.fetch(tenant.everything, "/api/ingest", { method: "POST", body, headers: { "content-type": type, ...headers } });

test("several wrong fields are all named at once", async () => {
  const { body } = await api.fetch(
    tenant.everything,
    "/api/activities?limit=0&page=x&start_date=soon&end_date=2026-01-01",
  );
  expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(["limit", "page", "start_date"]);
});

const bodies: [what: string, status: number, ask: () => ReturnType<typeof post>][] = [
  ["JSON that breaks off", 400, () => post('{"records": [')],
  ["no JSON", 400, () => post("hello")],
  ["an empty body", 400, () => post("")],
  ["JSON in Latin-1", 400, () => post(new Uint8Array([0x22, 0xe9, 0x22]))],
  ["JSON that is no batch", 400, () => post("[1,2]")],
  ["records that are no list", 400, () => post('{"records": {}}')],
  ["5,001 records", 400, () => post(JSON.stringify({ records: Array.from({ length: 5_001 }, () => 0) }))],
  ["5,001 lines", 400, () => post("0\n".repeat(5_001), "application/x-ndjson")],
  ["another content type", 415, () => post("a=b", "application/x-www-form-urlencoded")],
  ["another encoding", 415, () => post("{}", "application/json", { "content-encoding": "br" })],
  ["gzip that is none", 400, () => post("{}", "application/json", { "content-encoding": "gzip" })],
  [
    "gzip that breaks off",
    400,
    () => post(gzipSync('{"records": []}').subarray(0, 20), "application/json", { "content-encoding": "gzip" }),
  ],
  ["9 MB", 413, () => post(" ".repeat(9_000_000))],
  [
    "a bomb: 200 MB of zeroes in 200 KB",
    413,
    () => post(gzipSync(Buffer.alloc(200_000_000)), "application/json", { "content-encoding": "gzip" }),
  ],
  [
    "9 MB over tRPC",
    413,
    () =>
      api.fetch(tenant.everything, "/trpc/ingest.batch", {
        method: "POST",
        body: " ".repeat(9_000_000),
        headers: { "content-type": "application/json" },
      }),
  ],
  ["GET on a path that only takes POST", 405, () => api.fetch(tenant.everything, "/api/ingest")],
  [
    "DELETE on a path that only takes GET",
    405,
    () => api.fetch(tenant.everything, "/api/metrics", { method: "DELETE" }),
  ],
];

for (const [what, status, ask] of bodies) {
  test(`POST: ${what} is answered with ${status}`, async () => {
    const before = process.memoryUsage().rss;
    const answer = await ask();
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.code).toBe(status === 413 ? "TOO_LARGE" : "BAD_REQUEST");
    // The bomb itself is 200 MB while the test packs it; unpacked it must never be there a second time.
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });
}

test("deep nesting is the sender's fault, never ours", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const answers = [
    await post(`{"records": [{"type": "user", "email": "a@b.c", "full_name": "A", "metadata": ${deep}}]}`),
    await post(
      `{"records": [{"type": "activity", "external_id": "x", "user": "u1", "twin": "t1", "activity_type": "query", "started_at": "2026-11-01T00:00:00Z", "platform": "web", "metadata": {"a": ${deep}}}]}`,
    ),
    await post(`{"records": ${deep}}`),
  ];
  for (const { status, text } of answers) expect(status, text).toBeLessThan(500);
});

test("wrong JSON on line 7 of 10 is one INVALID, and the other nine are stored", async () => {
  const line = (i: number) =>
    JSON.stringify({ type: "user", external_id: `n${i}`, email: `n${i}@lines.example`, full_name: `N ${i}` });
  const lines = Array.from({ length: 10 }, (_, i) => (i === 6 ? '{"type": "user", oops}' : line(i)));
  for (const [body, headers] of [
    [lines.join("\n"), {}],
    [gzipSync(lines.join("\r\n")), { "content-encoding": "gzip" }],
  ] as const) {
    const answer = await post(body, "application/x-ndjson", headers);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.rejected).toEqual([
      { index: 6, code: "INVALID", message: expect.stringContaining("isn't readable JSON") },
    ]);
    expect(answer.body.accepted + answer.body.duplicates).toBe(9);
  }
  const { rows } = await api.database.pool.query(
    "select count(*)::int as n from users where email like '%@lines.example'",
  );
  expect(rows).toEqual([{ n: 9 }]);
});

test("a line that isn't UTF-8 keeps no other out, and refusals keep their places among bad lines", async () => {
  const bytes = Buffer.concat([
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    Buffer.from('{"type":"nonsense"}\nnull\n{"type":"user","email":"ok@lines.example","full_name":"Ok"}\n'),
  ]);
  const { body } = await post(bytes, "application/x-ndjson");
  expect(body.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
    [0, "INVALID"],
    [1, "INVALID"],
    [2, "INVALID"],
  ]);
  expect(body.accepted).toBe(1);
});

test("an error of ours is a 500 that tells a request id and nothing else", async () => {
  await api.database.pool.query("alter table activities rename to elsewhere");
  try {
    const answer = await api.fetch(tenant.everything, "/api/activities");
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      type: "urn:twin:problem:internal",
      title: "Our fault",
      status: 500,
      detail: "something went wrong on our side; tell us the request id",
      code: "INTERNAL",
      request_id: answer.headers.get("x-request-id"),
    });
    const over = await api.call(tenant.everything, "activities.list", {});
    expect(over).toMatchObject({ status: 500, problem: { code: "INTERNAL" } });
    expect(over.text).not.toMatch(/relation|stack|\.ts/);
    expect(api.lines.filter(({ level }) => level === "error").map(({ request_id }) => request_id)).toContain(
      answer.body.request_id,
    );
  } finally {
    await api.database.pool.query("alter table elsewhere rename to activities");
  }
});
