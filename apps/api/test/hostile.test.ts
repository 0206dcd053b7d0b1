import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect as openSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ready, run, type Run } from "./running.ts";
import { makeTenant, type Tenant, useApi } from "./world.ts";

// The process itself against callers who send too much, too slowly, or too many at once.

const api = useApi();
let folder: string;
let tenant: Tenant;
let started: Run;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "api-hostile-"));
  tenant = await makeTenant(api, "acme");
  started = await run(api, folder);
  expect(await ready(started)).toBe("ready");
  // Warm, so that what it takes at its first answers isn't blamed on whom it answers later.
  for (let i = 0; i < 20; i++) expect((await good()).status).toBe(200);
});
afterAll(async () => {
  started.child.kill("SIGTERM");
  await started.ended;
  await rm(folder, { recursive: true, force: true });
});

/** What everyone else goes on asking, each time on a connection of its own: a kept one may just have been closed. */
async function good(): Promise<{ status: number | undefined }> {
  const asked = request(`${started.url}/api/activities`, { headers: tenant.everything.headers, agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  await response.toArray();
  return { status: response.statusCode };
}
const residentBytes = async () =>
  Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${started.child.pid}/status`, "utf8"))![1]) * 1024;

/** A connection of our own; `text` is what came back so far. */
function open(): { socket: Socket; text: () => string; closed: Promise<unknown> } {
  const socket = openSocket(Number(new URL(started.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.on("error", () => {});
  return { socket, text: () => text, closed: new Promise((resolve) => socket.on("close", resolve)) };
}

const head = (path: string, headers: string[]) =>
  [`POST ${path} HTTP/1.1`, "host: 127.0.0.1", "content-type: application/json", ...headers, "", ""].join("\r\n");
const key = () => `authorization: ${(tenant.everything.headers as { authorization: string }).authorization}`;

test("150 half-sent sign-ins of 2 MB are refused or cut, aren't kept in memory, and nobody else notices", async () => {
  const before = await residentBytes();
  const chunk = Buffer.from(`fa00\r\n${"x".repeat(64_000)}\r\n`);
  const senders = Array.from({ length: 150 }, () => {
    const one = open();
    one.socket.write(head("/trpc/access.signIn", ["transfer-encoding: chunked"]));
    for (let i = 0; i < 32; i++) one.socket.write(chunk);
    return one;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await good()).status).toBe(200);
  const grown = (await residentBytes()) - before;
  for (const { socket } of senders) socket.destroy();
  const answers = senders.map(({ text }) => text().slice(9, 12));
  expect(answers.filter((status) => !["", "413", "429"].includes(status))).toEqual([]);
  expect(answers.filter(Boolean).length).toBeGreaterThan(100);
  // They sent 300 MB; what has passed through and isn't collected yet is all that may be left.
  expect(grown).toBeLessThan(150_000_000);
});

test("of an address that nobody is known by 20 requests are at work at one time; who is known isn't among them", async () => {
  const half = () => {
    const one = open();
    one.socket.write(`${head("/trpc/access.signIn", ["content-length: 1000"])}{`);
    return one;
  };
  const senders = Array.from({ length: 20 }, half);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const more = await fetch(`${started.url}/trpc/access.state?input={}`);
  expect(more.status).toBe(429);
  expect(more.headers.get("retry-after")).toBe("1");
  const forged = await fetch(`${started.url}/api/activities`, { headers: { authorization: "Bearer nonsense" } });
  expect(forged.status).toBe(429);
  expect((await good()).status).toBe(200);
  for (const { socket } of senders) socket.destroy();
  await Promise.all(senders.map(({ closed }) => closed));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await fetch(`${started.url}/trpc/access.state?input={}`)).status).toBe(200);
});

for (const [what, path, headers, status] of [
  ["too large", "/api/ingest", () => [key(), "content-length: 9000000"], 413],
  ["too large, of a length that isn't told", "/api/ingest", () => [key(), "transfer-encoding: chunked"], 413],
  ["of nobody known", "/api/ingest", () => ["content-length: 9000000"], 401],
  ["too large for a call", "/trpc/backfills.start", () => [key(), "content-length: 9000000"], 413],
  ["to no path", "/api/nothing", () => ["content-length: 9000000"], 404],
] as const) {
  test(`who sends a body that is ${what} to its end reads why it was refused`, async () => {
    const { socket, text, closed } = open();
    const isChunked = headers().some((header) => header.includes("chunked"));
    const megabyte = "x".repeat(1_000_000);
    socket.pause();
    socket.write(head(path, [...headers(), "connection: close"]));
    for (let i = 0; i < 9; i++) socket.write(isChunked ? `f4240\r\n${megabyte}\r\n` : megabyte);
    await new Promise<void>((resolve) => void socket.write(isChunked ? "0\r\n\r\n" : "", () => resolve()));
    // Reads only now that all is sent, as a client does that knows no better.
    socket.resume();
    await closed;
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text()).toContain('"request_id"');
  });
}

test("a body that stops coming is given up, and its sender told", async () => {
  const { socket, text, closed } = open();
  socket.write(`${head("/api/ingest", [key(), "content-length: 1000"])}{`);
  const began = performance.now();
  await closed;
  expect(text()).toMatch(/^HTTP\/1.1 408 /);
  expect(performance.now() - began).toBeGreaterThan(5_000);
  expect(performance.now() - began).toBeLessThan(40_000);
});

test("500 connections at one time: the one without a request for longest makes room, and work goes on", async () => {
  const idle = Array.from({ length: 500 }, open);
  await Promise.all(idle.map(({ socket }) => once(socket, "connect")));
  const waiting = open();
  waiting.socket.write(`${head("/api/ingest", [key(), "content-length: 15", "connection: close"])}{"rec`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 30; i++) expect((await good()).status).toBe(200);
  expect(idle.filter(({ socket }) => socket.closed).length).toBeGreaterThan(0);
  expect(idle.filter(({ socket }) => socket.closed).length).toBeLessThan(60);
  expect(idle[0]!.socket.closed).toBe(true);
  waiting.socket.write('ords": []}');
  for (const { socket } of idle) socket.destroy();
  await waiting.closed;
  expect(waiting.text()).toMatch(/^HTTP\/1.1 200 /);
});
