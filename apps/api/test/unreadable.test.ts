import { mkdtemp, rm } from "node:fs/promises";
import { connect as openSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ready, run, type Run } from "./running.ts";
import { makeTenant, useApi } from "./world.ts";

// What is no request, or none that goes together: it, too, is told why.

const api = useApi();
let folder: string;
let started: Run;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "api-unreadable-"));
  key = `authorization: ${(await makeTenant(api, "acme")).everything.headers["authorization"]}`;
  started = await run(api, folder, { LOG_LEVEL: "error" });
  expect(await ready(started)).toBe("ready");
});
afterAll(async () => {
  started.child.kill("SIGTERM");
  await started.ended;
  await rm(folder, { recursive: true, force: true });
});

/** Everything that comes back until the other side ends the connection. */
async function send(...lines: string[]): Promise<string> {
  const socket = openSocket(Number(new URL(started.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.on("error", () => {});
  socket.write(lines.join("\r\n"), "latin1");
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}
const end = ["connection: close", "", ""];
const host = "host: 127.0.0.1";
const body = '{"records": []}';
const post = ["POST /api/ingest HTTP/1.1", host, "connection: close", "content-type: application/json"];

for (const [what, status, lines] of [
  ["no HTTP", 400, () => ["hello, are you there?", "", ""]],
  ["an unknown method", 400, () => ["FETCH /api/metrics HTTP/1.1", host, ...end]],
  ["no host", 400, () => ["GET /docs HTTP/1.1", ...end]],
  ["a host that is none", 400, () => ["GET /docs HTTP/1.1", "host: [::1", ...end]],
  ["more headers than are read", 431, () => ["GET /docs HTTP/1.1", host, `x-a: ${"y".repeat(20_000)}`, ...end]],
  ["two lengths", 400, () => [...post, key, `content-length: ${body.length}`, "content-length: 3", "", body]],
  ["broken chunks", 400, () => [...post, key, "transfer-encoding: chunked", "", "zz", body, "0", "", ""]],
  ["an expectation", 417, () => [...post, key, "expect: 200-ok", `content-length: ${body.length}`, "", body]],
  ["a way to somewhere else", 405, () => ["CONNECT 127.0.0.1:1 HTTP/1.1", host, "", ""]],
] as [string, number, () => string[]][]) {
  test(`${what} is answered with a ${status} that is a problem with a request id`, async () => {
    const [head = "", text = ""] = (await send(...lines())).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} \\w`));
    expect(head).toContain("content-type: application/problem+json");
    const problem = JSON.parse(text.replaceAll(/^[0-9a-f]+\r\n/g, "").split("\r\n")[0]!);
    expect(problem).toMatchObject({
      status,
      code: expect.any(String),
      request_id: expect.stringMatching(/^[\w-]{36}$/),
    });
  });
}

test("who goes on sending headers after they were too many reads the answer all the same", async () => {
  const socket = openSocket(Number(new URL(started.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.on("error", () => {});
  socket.pause();
  socket.write(`GET /docs HTTP/1.1\r\n${host}\r\n`);
  for (let i = 0; i < 20; i++) {
    socket.write(`x-${i}: ${"y".repeat(20_000)}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  socket.resume();
  await new Promise((resolve) => socket.on("close", resolve));
  expect(text).toMatch(/^HTTP\/1.1 431 /);
});

test("what comes behind the last request of a connection doesn't take its answer", async () => {
  const text = await send(...post, key, `content-length: ${body.length}`, "", `${body}GET / HTTP/1.1`, host, "", "");
  expect(text).toMatch(/^HTTP\/1.1 200 /);
  expect(text).toContain('"accepted":0');
});

test("none of this is logged as a fault of ours, nor is a sender that goes away", async () => {
  const socket = openSocket(Number(new URL(started.url).port), "127.0.0.1");
  socket.write(
    [...post.filter((line) => line !== "connection: close"), key, "content-length: 100", "", "{"].join("\r\n"),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(started.output()).toBe("");
});
