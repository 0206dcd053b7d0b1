import { once } from "node:events";
import { createServer } from "node:http";
import { inspect } from "node:util";
import { TRPCClientError } from "@trpc/client";
import { expect, test, vi } from "vitest";
import { answerOf, clientFor, noteError, statusOf } from "./api.ts";

test("of an error that nobody expected its place and cause are written down, not what was asked or answered", () => {
  const written: string[] = [];
  const to = vi
    .spyOn(console, "error")
    .mockImplementation((...texts) => void written.push(...texts.map((text) => inspect(text))));
  const response = { url: "http://127.0.0.1/trpc/users.list?input=secret" };
  noteError(TRPCClientError.from(new Error("no answer", { cause: new Error("ECONNREFUSED") }), { meta: { response } }));
  to.mockRestore();
  expect(written).toHaveLength(1);
  expect(written[0]).toContain("no answer");
  expect(written[0]).toContain("ECONNREFUSED");
  expect(written[0]).toContain("api.unit.test.ts");
  expect(written[0]).not.toContain("secret");
});

test("what is too long for one address is asked in several, and what is too long for any is the reader's mistake", async () => {
  const asked: string[] = [];
  const answer = (url: string) => {
    asked.push(url);
    const calls = new URL(url).pathname.split(",").length;
    return Response.json(Array.from({ length: calls }, () => ({ result: { data: { features: [] } } })));
  };
  const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async (url) => answer(String(url)));
  const caller = { cookie: "", userAgent: "", visitor: null, origin: "http://here.invalid", keepCookie() {} };
  const { features } = clientFor(caller);
  await Promise.all(Array.from({ length: 6 }, () => features.usage.query({ department: "d".repeat(4_000) })));
  expect(asked.length).toBeGreaterThan(1);
  for (const url of asked) expect(url.length).toBeLessThanOrEqual(10_000);
  const error: unknown = await features.usage
    .query({ department: "é".repeat(4_000) })
    .catch((caught: unknown) => caught);
  expect(statusOf(answerOf(error).code)).toBe(413);
  fetching.mockImplementation(async () => Response.json({ code: "TOO_LARGE" }, { status: 431 }));
  const refused: unknown = await features.usage.query({}).catch((caught: unknown) => caught);
  expect(statusOf(answerOf(refused).code)).toBe(413);
  fetching.mockRestore();
});

test("an answer isn't compressed on its way to the dashboard; a read whose kept connection is closed in the moment of asking is asked again, a change is not", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers["accept-encoding"]}`);
    if (asked.length % 2 === 1) return void request.socket.destroy();
    response.setHeader("content-type", "application/json").end(JSON.stringify([{ result: { data: { ok: true } } }]));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  vi.stubEnv("API_ORIGIN", `http://127.0.0.1:${(server.address() as { port: number }).port}`);
  const { access } = clientFor({ cookie: "", userAgent: "", visitor: null, origin: "", keepCookie() {} });
  expect(await access.viewer.query({})).toEqual({ ok: true });
  await expect(access.signOut.mutate({})).rejects.toThrow("fetch failed");
  expect(asked).toEqual(["GET identity", "GET identity", "POST identity"]);
  vi.unstubAllEnvs();
  server.close();
});

test("who gives up waiting ends the question to the API, too", async () => {
  const gone = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    response.on("close", () => gone.resolve());
    asked.resolve();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  vi.stubEnv("API_ORIGIN", `http://127.0.0.1:${(server.address() as { port: number }).port}`);
  const { twins } = clientFor({ cookie: "", userAgent: "", visitor: null, origin: "", keepCookie() {} });
  const late = new AbortController();
  const waiting = twins.list.query({ search: "a" }, { signal: late.signal });
  await asked.promise;
  late.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
  await gone.promise;
  vi.unstubAllEnvs();
  server.close();
});
