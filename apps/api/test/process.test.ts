import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect as openSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, ready, run as start } from "./running.ts";
import { makeTenant, readEvents, type Tenant, useApi } from "./world.ts";

// The process itself: its environment, its start, its stop.

const api = useApi();
let folder: string;
let tenant: Tenant;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "api-process-"));
  tenant = await makeTenant(api, "acme");
  await api.database.pool.query("update organizations set figures_at = now()");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (env: Record<string, string>) => start(api, folder, env);

test("a wrong environment ends it with 78, all mistakes named; so do a lost key and a port in use; a database that is away ends it with 1", async () => {
  const wrong = await run({ DATABASE_URL: "nowhere", LOG_LEVEL: "loud", DEMO: "maybe" });
  expect(await wrong.ended).toBe(78);
  for (const name of ["DATABASE_URL", "LOG_LEVEL", "DEMO"]) expect(wrong.output()).toContain(name);

  const keyless = await run({ KEY_ENCRYPTION_KEY: "" });
  expect(await keyless.ended).toBe(78);
  expect(keyless.output()).toMatch(/^the encryption key is lost[^\n]*\n$/);

  const away = await run({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" });
  expect(await away.ended).toBe(1);

  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const second = await run({ PORT: String((taken.address() as { port: number }).port) });
  expect(await second.ended).toBe(78);
  expect(second.output()).toMatch(/127\.0\.0\.1:\d+ is in use/);
  taken.close();
}, 180_000);

test("SIGTERM ends streams, lets an accepted request finish, takes no more, and exits 0", async () => {
  const started = await run({});
  expect(await ready(started)).toBe("ready");
  const { url } = started;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/`)).status).toBe(503);

  const stream = await fetch(`${url}/trpc/live.figures`, {
    headers: { ...tenant.everything.headers, accept: "text/event-stream" },
  });
  const events = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes("as_of")) seen += (await events.read()).value;

  // A request whose body isn't all here yet has been accepted.
  const body = '{"records": [{"type": "user", "email": "late@drain.example", "full_name": "Late"}]}';
  const socket = openSocket(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `POST /api/ingest HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${tenant.everything.headers["authorization"]}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
  );
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString()));
  await new Promise((resolve) => setTimeout(resolve, 300));

  const began = performance.now();
  started.child.kill("SIGTERM");
  while (!(await events.read()).done);
  const streamEnded = performance.now() - began;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  socket.write(body.slice(20));
  await once(socket, "close");
  expect(answer).toMatch(/^HTTP\/1\.1 200/);
  expect(answer).toContain('"accepted":1');
  expect(await started.ended).toBe(0);
  expect(streamEnded).toBeLessThan(2_000);
  expect(performance.now() - began).toBeLessThan(8_000);
}, 180_000);

test("answers of the api and pages of the dashboard are compressed, streams of events aren't", async () => {
  const page = "<p>the same words again</p>".repeat(100);
  const WEB_HANDLER = join(folder, "page.mjs");
  await writeFile(
    WEB_HANDLER,
    `export const handler = (_, response) => response.setHeader("content-type", "text/html").end(${JSON.stringify(page)});`,
  );
  const started = await run({ WEB_HANDLER });
  expect(await ready(started)).toBe("ready");
  const encodingOf = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(started.url + path, { headers: { ...tenant.everything.headers, ...headers } });
    expect(response.status).toBe(200);
    await response.body!.cancel();
    return response.headers.get("content-encoding");
  };
  for (const path of ["/", "/api/openapi.json", "/docs"]) {
    expect(await encodingOf(path)).toBe("gzip");
    expect(await encodingOf(path, { "accept-encoding": "identity" })).toBe(null);
  }
  expect(await encodingOf("/trpc/live.figures", { accept: "text/event-stream" })).toBe(null);
  started.child.kill("SIGTERM");
  expect(await started.ended).toBe(0);
}, 180_000);

test("a connection that never ends its request doesn't keep it from stopping", async () => {
  const started = await run({});
  expect(await ready(started)).toBe("ready");
  const socket = openSocket(Number(new URL(started.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("POST /api/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  await new Promise((resolve) => setTimeout(resolve, 200));
  started.child.kill("SIGTERM");
  expect(await started.ended).toBe(0);
}, 180_000);

test("a resumed stream begins after the last value that was seen", async () => {
  const first = await readEvents(api, tenant.everything, "live.figures", /id: .+\n/);
  const [, id] = /id: (.+)/.exec(first) ?? [];
  setTimeout(
    () =>
      void api.database.pool.query(
        "update organizations set figures_at = '2099-01-01Z'; select pg_notify('figures', $$" + tenant.org_id + "$$)",
      ),
    500,
  );
  const resumed = await readEvents(
    api,
    tenant.everything,
    "live.figures",
    /"as_of"/,
    `?lastEventId=${encodeURIComponent(id!)}`,
  );
  expect(resumed).toContain("2099-01-01T00:00:00.000Z");
  expect(resumed).not.toContain(id);
});

/** A way to the database that can be cut. */
async function openWay(): Promise<{ url: string; cut(): Promise<void>; mend(): Promise<void> }> {
  const target = new URL(api.database.url);
  const sockets = new Set<Socket>();
  const way = createServer((near) => {
    const far = openSocket(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  const port = await freePort();
  const mend = async () => void (await once(way.listen(port, "127.0.0.1"), "listening"));
  await mend();
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href,
    mend,
    async cut() {
      for (const socket of sockets) socket.destroy();
      way.close();
      await once(way, "close");
    },
  };
}

test("while the database is away every answer is a 503 that says when to come again, and recovery needs no restart", async () => {
  const way = await openWay();
  const started = await run({ DATABASE_URL: way.url });
  expect(await ready(started)).toBe("ready");
  const ask = () => fetch(`${started.url}/api/activities`, { headers: tenant.everything.headers });
  expect((await ask()).status).toBe(200);
  await way.cut();
  for (let i = 0; i < 3; i++) {
    const away = await ask();
    expect(away.status).toBe(503);
    expect(away.headers.get("retry-after")).toBe("5");
    expect(await away.json()).toMatchObject({ code: "UNAVAILABLE", request_id: expect.any(String) });
  }
  expect((await fetch(`${started.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${started.url}/healthz`)).status).toBe(200);
  await way.mend();
  expect((await ask()).status).toBe(200);
  started.child.kill("SIGTERM");
  expect(await started.ended).toBe(0);
  await way.cut();
}, 180_000);
