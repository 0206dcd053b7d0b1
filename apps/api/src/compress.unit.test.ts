import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createGunzip, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compressAnswer } from "./compress.ts";

let handler: RequestListener;
let server: Server;
beforeAll(async () => {
  server = createServer((incoming, response) => {
    compressAnswer(incoming, response);
    handler(incoming, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const browser = { "accept-encoding": "gzip, deflate, br, zstd", "sec-fetch-site": "same-origin" };

async function open(headers: Record<string, string> = browser, method = "GET"): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: "127.0.0.1", method, headers, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

type Seen = { status: number; headers: IncomingMessage["headers"]; bytes: Buffer };

async function ask(headers?: Record<string, string>, method?: string): Promise<Seen> {
  const response = await open(headers, method);
  return { status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(await response.toArray()) };
}

const text = JSON.stringify(Array.from({ length: 400 }, (_, n) => ({ n, name: `person ${n * 7919}` })));

/** Whether the answer came compressed, and is what was said; where not, that it came as it is. */
function isCompressed({ headers, bytes }: Seen, said = text): boolean {
  const compressed = headers["content-encoding"] === "gzip";
  expect((compressed ? gunzipSync(bytes) : bytes).toString()).toBe(said);
  expect(headers["content-length"]).toBe(compressed ? undefined : headers["content-length"] && String(bytes.length));
  return compressed;
}

const answering =
  (headers: Record<string, string | number>, body: string | Buffer = text): RequestListener =>
  (_request, response) =>
    response.writeHead(200, headers).end(body);

const json = { "content-type": "application/json" };

test("a body is compressed however it is written, a length goes and a strong tag becomes weak", async () => {
  const ways: RequestListener[] = [
    answering({ ...json, "content-length": Buffer.byteLength(text), etag: '"a"', vary: "Origin" }),
    answering({ ...json, etag: 'W/"a"', vary: "Origin, accept-encoding" }, Buffer.from(text)),
    (_request, response) => {
      response.setHeaders(new Headers({ ...json, etag: '"a"', vary: "Origin" }));
      response.statusCode = 200;
      response.write(text.slice(0, 500));
      response.end(text.slice(500));
    },
    (_request, response) => {
      response.writeHead(200, "Fine", { ...json, etag: '"a"', vary: "Origin" });
      response.flushHeaders();
      for (const one of text) response.write(one);
      response.end(() => {});
    },
  ];
  for (const way of ways) {
    handler = way;
    const seen = await ask();
    expect(isCompressed(seen)).toBe(true);
    expect(seen.bytes.length).toBeLessThan(text.length / 3);
    expect(seen.headers).toMatchObject({ etag: 'W/"a"', vary: expect.stringMatching(/^Origin, accept-encoding$/i) });
  }
});

test("only for who takes it, and caches are told in either case", async () => {
  handler = answering(json);
  for (const [accepted, expected] of [
    ["gzip", true],
    ["br;q=1, GZIP;q=0.2", true],
    ["*", true],
    ["gzip;q=0", false],
    ["gzip; q=0.0, *", false],
    ["br, identity", false],
    ["", false],
  ] as const) {
    const seen = await ask({ "accept-encoding": accepted });
    expect(isCompressed(seen), accepted).toBe(expected);
    expect(seen.headers.vary).toBe("Accept-Encoding");
  }
  expect(isCompressed(await ask({}))).toBe(false);
});

test("what another site makes a browser ask for keeps its length, so that text chosen there says nothing about the rest", async () => {
  handler = answering(json);
  for (const [site, expected] of [
    ["same-origin", true],
    ["none", true],
    ["same-site", false],
    ["cross-site", false],
  ] as const)
    expect(isCompressed(await ask({ ...browser, "sec-fetch-site": site })), site).toBe(expected);
});

test("small, binary, compressed, partial and protected bodies pass as they are", async () => {
  const small = "x".repeat(1_023);
  const packed = gzipSync(text);
  const cases: [Record<string, string | number>, (string | Buffer)?][] = [
    [json, small],
    [{ ...json, "content-length": 1_023 }, small],
    [{ "content-type": "application/zip" }],
    [{ "content-type": "font/woff2" }],
    [{}],
    [{ ...json, "cache-control": "public, no-transform" }],
    [{ ...json, "content-range": `bytes 0-${text.length - 1}/99999` }],
    [{ "content-type": "text/javascript", "content-encoding": "br", etag: '"a.br"' }, packed],
  ];
  for (const [headers, body] of cases) {
    handler = answering(headers, body);
    const { headers: seen, bytes } = await ask();
    expect(seen["content-encoding"]).toBe(headers["content-encoding"]);
    expect(seen["etag"]).toBe(headers["etag"]);
    expect(bytes.equals(Buffer.from(body ?? text))).toBe(true);
  }
  handler = (_request, response) => response.writeHead(206, json).end(text);
  expect(isCompressed(await ask({ ...browser, range: "bytes=0-" }))).toBe(false);
  handler = answering(json, "x".repeat(1_024));
  expect(isCompressed(await ask(), "x".repeat(1_024))).toBe(true);
});

test("HEAD says no length that the compressed body hasn't; an answer without a body gets none", async () => {
  handler = answering({ ...json, "content-length": Buffer.byteLength(text), etag: '"a"' });
  const head = await ask(browser, "HEAD");
  expect(head.bytes.length).toBe(0);
  expect(head.headers).toMatchObject({ vary: "Accept-Encoding", etag: 'W/"a"' });
  expect(head.headers["content-length"]).toBeUndefined();
  expect((await ask({}, "HEAD")).headers["content-length"]).toBe(String(Buffer.byteLength(text)));

  for (const status of [204, 303, 304]) {
    handler = (_request, response) => response.writeHead(status, { etag: '"a"' }).end();
    const none = await ask({ ...browser, "if-none-match": 'W/"a"' });
    expect(none).toMatchObject({ status, bytes: Buffer.alloc(0) });
    expect(none.headers["content-encoding"]).toBeUndefined();
    expect(none.headers["etag"]).toBe(status === 304 ? 'W/"a"' : '"a"');
  }
  handler = (_request, response) => response.writeHead(304, { etag: '"a.br"' }).end();
  expect((await ask({ ...browser, "if-none-match": '"a.br"' })).headers["etag"]).toBe('"a.br"');
});

test("events leave one by one and as they are; of a compressed page each part leaves before the next is there", async () => {
  let next = () => {};
  const parts =
    (type: string): RequestListener =>
    (_request, response) => {
      response.writeHead(200, { "content-type": type });
      response.write("first");
      next = () => response.end("second");
    };
  for (const [type, encoding] of [
    ["text/event-stream", undefined],
    ["text/event-stream; charset=utf-8", undefined],
    ["text/html; charset=utf-8", "gzip"],
  ] as const) {
    handler = parts(type);
    const response = await open();
    expect(response.headers["content-encoding"]).toBe(encoding);
    const plain = encoding ? response.pipe(createGunzip()) : response;
    const [first] = (await once(plain, "data")) as [Buffer];
    expect(String(first)).toBe("first");
    next();
    const [second] = (await once(plain, "data")) as [Buffer];
    expect(String(second)).toBe("second");
  }
});

test("who writes is told to wait for a slow reader, and to end when the reader has gone", async () => {
  // Text that compresses badly, so that little of it fits on the way.
  const chunk = Buffer.alloc(65_536).map(() => 33 + Math.floor(Math.random() * 90));
  let written = 0;
  let ended = false;
  handler = (_request, response) => {
    response.writeHead(200, json);
    const more = () => {
      do written++;
      while (!ended && response.write(chunk));
    };
    response.on("drain", more).on("close", () => (ended = true));
    more();
  };
  const response = await open();
  response.pause();
  let before = -1;
  while (before !== written) {
    before = written;
    await sleep(300);
  }
  expect(written * chunk.length).toBeLessThan(20_000_000);
  response.resume();
  await sleep(300);
  expect(written).toBeGreaterThan(before);
  response.destroy();
  while (!ended) await sleep(10);
});
