import type { Random } from "./random.ts";
import type { Draft } from "./wire.ts";

type Malformed = Draft & { kind: "malformed"; target: string; raw: Buffer };

const post = (headers: readonly string[], body = "") =>
  ["POST /api/ingest HTTP/1.1", "host: 127.0.0.1", "connection: close", ...headers, "", body].join("\r\n");
const get = (line: string, ...headers: string[]) => [line, "host: 127.0.0.1", ...headers, "", ""].join("\r\n");

/** Bytes that no client would send as HTTP. */
export function malform(random: Random, asker: Record<string, string>): Malformed {
  const who = Object.entries(asker).map(([name, value]) => `${name}: ${value}`);
  const json = "content-type: application/json";
  const body = '{"records": []}';
  const length = `content-length: ${body.length}`;
  const [target, text] = random.pick<[string, string]>([
    ["no HTTP", `${"\u0016\u0003\u0001".repeat(20)}\r\n\r\n`],
    ["words", "hello, are you there?\r\n\r\n"],
    ["no version", get("GET /healthz")],
    ["HTTP/0.9", "GET /\r\n"],
    ["HTTP/1.0", get("GET /api/metrics HTTP/1.0", ...who)],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/9", get("GET /api/metrics HTTP/9.9")],
    ["an unknown method", get("FETCH /api/metrics HTTP/1.1", "connection: close")],
    ["CONNECT", get("CONNECT 127.0.0.1:1 HTTP/1.1")],
    ["upgrade", get("GET /trpc/live.figures HTTP/1.1", ...who, "connection: upgrade", "upgrade: websocket")],
    ["upgrade to h2c", get("GET /healthz HTTP/1.1", "connection: upgrade, http2-settings", "upgrade: h2c")],
    ["no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"],
    ["two hosts", get("GET /healthz HTTP/1.1", "host: evil.example", "connection: close")],
    ["*", get("OPTIONS * HTTP/1.1", "connection: close")],
    ["no path", get("GET  HTTP/1.1")],
    ["a path without /", get("GET api/metrics HTTP/1.1", "connection: close")],
    ["a whole address", get("GET http://127.0.0.1:1/api/metrics HTTP/1.1", ...who, "connection: close")],
    ["a broken whole address", get("GET http://[::1/api/metrics HTTP/1.1", ...who, "connection: close")],
    ["an address of two", get("GET //evil.example/api/metrics HTTP/1.1", ...who, "connection: close")],
    ["raw bytes in the path", get('GET /api/\u00ff\u00fe<>"{}|\\^` HTTP/1.1', ...who, "connection: close")],
    ["a broken host", "GET /api/metrics HTTP/1.1\r\nhost: 127.0.0.1:x\r\nconnection: close\r\n\r\n"],
    ["a host of junk", "GET /docs HTTP/1.1\r\nhost: [::1\r\nconnection: close\r\n\r\n"],
    ["control characters in a header", get("GET /api/metrics HTTP/1.1", "x-a: a\u0001b", "connection: close")],
    ["NUL in a header", get("GET /api/metrics HTTP/1.1", "cookie: twin_session=a\u0000b", "connection: close")],
    ["a header without a name", get("GET /api/metrics HTTP/1.1", ": x", "connection: close")],
    ["a header over lines", get("GET /api/metrics HTTP/1.1", "x-a: a", " b", "connection: close")],
    [
      "2,000 headers",
      get("GET /healthz HTTP/1.1", ...Array.from({ length: 2_000 }, (_, i) => `a${i}: b`), "connection: close"),
    ],
    ["headers of 40 kB", get("GET /healthz HTTP/1.1", `x-a: ${"y".repeat(40_000)}`, "connection: close")],
    ["two lengths", post([...who, json, length, "content-length: 3"], body)],
    ["a length and chunks", post([...who, json, length, "transfer-encoding: chunked"], body)],
    ["a negative length", post([...who, json, "content-length: -1"], body)],
    ["a length of words", post([...who, json, "content-length: many"], body)],
    ["more than its length", post([...who, json, "content-length: 5"], body)],
    ["a huge length", post([...who, json, "content-length: 99999999999999999999"], body)],
    ["broken chunks", post([...who, json, "transfer-encoding: chunked"], `zz\r\n${body}\r\n0\r\n\r\n`)],
    ["a chunk of a huge size", post([...who, json, "transfer-encoding: chunked"], `ffffffffffffffff\r\n${body}`)],
    ["an unknown transfer encoding", post([...who, json, "transfer-encoding: gzip"], body)],
    ["chunks twice", post([...who, json, "transfer-encoding: chunked, chunked"], `f\r\n${body}\r\n0\r\n\r\n`)],
    ["chunks with trailers", post([...who, json, "transfer-encoding: chunked"], `f\r\n${body}\r\n0\r\nx-a: b\r\n\r\n`)],
    ["expects 100", post([...who, json, length, "expect: 100-continue"], body)],
    ["expects something else", post([...who, json, length, "expect: 200-ok"], body)],
    ["a second request behind it", `${post([...who, json, length], body)}GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n`],
  ]);
  const said = text.slice(0, 2_000);
  return { kind: "malformed", target, method: "-", path: "", headers: {}, said, raw: Buffer.from(text, "latin1") };
}
