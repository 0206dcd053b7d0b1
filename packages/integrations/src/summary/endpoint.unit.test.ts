import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { longestSummary } from "./endpoint.ts";
import { makeSummariser } from "./summarise.ts";
import type { Turn } from "@twin/db/archives/summaries/conversation";

const log = pino({ level: "silent" });
const never = new AbortController().signal;
const conversation = (turns: Turn[]) => ({ earlier: null, turns });
const told = conversation([
  { who: "user", text: "When does the contract end?" },
  { who: "twin", text: "The contract ends in March." },
]);
const extracted = { text: "Asked: When does the contract end?\nAnswered: The contract ends in March.", model: null };
const saying = (content: unknown) => JSON.stringify({ choices: [{ message: { role: "assistant", content } }] });

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A service on this machine; answers its address, and the bodies and keys of what it was asked. */
async function serve(answer: RequestListener) {
  const asked: { path: string; key: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      asked.push({
        path: request.url!,
        key: request.headers.authorization,
        body: Buffer.concat(parts).toString("utf8"),
      });
      answer(request, response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  return { asked, endpoint: { url, key: "secret", model: "small" } };
}

test("a model's summary is taken, from the given address, model and key, in one line", async () => {
  const { asked, endpoint } = await serve((_, response) => response.end(saying(" Asked about\n\na contract.\u0000 ")));
  expect(await makeSummariser(endpoint, log)(told, never)).toEqual({
    text: "Asked about a contract.",
    model: "small",
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ path: "/v1/chat/completions", key: "Bearer secret" });
  const body = JSON.parse(asked[0]!.body) as { model: string; messages: { role: string; content: string }[] };
  expect(body.model).toBe("small");
  expect(body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(body.messages[1]!.content).toBe(extracted.text);
});

test("a summary that never ends is cut, and of a long conversation the sentences that say most are sent", async () => {
  const { asked, endpoint } = await serve((_, response) => response.end(saying("word ".repeat(10_000))));
  const long = Array.from({ length: 5_000 }, (_, i): Turn => ({
    who: i % 2 ? "twin" : "user",
    text: `Part ${i} of the plan.`,
  }));
  const summary = await makeSummariser(endpoint, log)(conversation(long), never);
  expect(summary!.text).toHaveLength(longestSummary);
  expect(asked[0]!.body.length).toBeLessThan(30_000);
});

test.each([
  ["slow", null, () => {}],
  ["broken", 2, (_, response) => response.writeHead(500).end("no")],
  ["busy, then well", 2, null],
  ["busy for an hour", 1, (_, response) => response.writeHead(429, { "retry-after": "3600" }).end()],
  ["refusing", 1, (_, response) => response.writeHead(401).end()],
  ["cutting the line", 2, (request) => request.socket.destroy()],
  ["redirecting", 2, (_, response) => response.writeHead(307, { location: "http://127.0.0.1:9/" }).end()],
  ["talking HTML", 1, (_, response) => response.end("<h1>Welcome</h1>")],
  ["answering nothing", 1, (_, response) => response.end(saying(" \n "))],
  ["answering null", 1, (_, response) => response.end(saying(null))],
  ["answering without end", 1, (_, response) => response.end("x".repeat(1_000_000))],
] as [string, number | null, RequestListener | null][])(
  "where the service is %s the conversation is extracted",
  async (_, times, answer) => {
    let refusals = 0;
    const { asked, endpoint } = await serve(
      answer ??
        ((_request, response) => {
          if (refusals++ === 0) response.writeHead(503, { "retry-after": "0" }).end();
          else response.end(saying("Well again."));
        }),
    );
    const summarise = makeSummariser({ ...endpoint, timeoutMs: times === null ? 100 : 20_000 }, log);
    expect(await summarise(told, never)).toEqual(answer ? extracted : { text: "Well again.", model: "small" });
    if (times !== null) expect(asked).toHaveLength(times);
  },
);

test("a service that keeps failing is left alone after three conversations", async () => {
  const { asked, endpoint } = await serve((_, response) => response.writeHead(400).end());
  const summarise = makeSummariser(endpoint, log);
  for (let i = 0; i < 6; i++) expect(await summarise(told, never)).toEqual(extracted);
  expect(asked).toHaveLength(3);
});

test("who stops the run isn't answered with a lesser summary", async () => {
  const stop = new AbortController();
  const { endpoint } = await serve(() => stop.abort(new Error("stopped")));
  await expect(makeSummariser(endpoint, log)(told, stop.signal)).rejects.toThrow("stopped");
});

test("without an endpoint a conversation is extracted, and one without words has no summary", async () => {
  const summarise = makeSummariser(null, log);
  expect(await summarise(told, never)).toEqual(extracted);
  expect(await summarise(conversation([{ who: "user", text: "👍" }]), never)).toBeNull();
});

test("what was summarised before is summarised again, together with what came later", async () => {
  const summarise = makeSummariser(null, log);
  const first = await summarise(told, never);
  const again = await summarise(
    { earlier: first!.text, turns: [{ who: "user", text: "Then extend the contract until June." }] },
    never,
  );
  expect(again!.text).toBe(`${first!.text}\nAsked: Then extend the contract until June.`);
});
