import { deflateSync, brotliCompressSync, gzipSync } from "node:zlib";
import type { Random } from "./random.ts";

/** A request as it is sent, before who asks is added. */
export type Draft = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
  /** What it says in plain text, however it is packed: that may come back. */
  said: string;
};

/** Percent-encoding of any text, half surrogates too. */
export const encode = (text: string): string =>
  Array.from(Buffer.from(text, "utf8"), (byte) =>
    /[\w.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`,
  ).join("");

const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
const bombOfText = gzipSync(Buffer.from(`{"records":[${"{},".repeat(2_000_000)}{}]}`));
const bombOfLines = gzipSync(Buffer.from("{}\n".repeat(2_000_000)));

const odd = (body: Buffer): Buffer => Buffer.concat([body.subarray(0, body.length >> 1), Buffer.from([0xff, 0xc0, 0])]);

/** The body, broken or packed in some way, and what is said of that. */
function pack(random: Random, body: Buffer): { body: Buffer; headers: Record<string, string> } {
  const text = body.toString();
  const gzip = { "content-encoding": "gzip" };
  const pick = random.weigh<() => [Buffer, Record<string, string>?]>([
    [6, () => [gzipSync(body), gzip]],
    [2, () => [gzipSync(body)]],
    [2, () => [body, gzip]],
    [2, () => [gzipSync(body).subarray(0, random.int(1, 30)), gzip]],
    [1, () => [Buffer.concat([gzipSync(body), Buffer.from("rest")]), gzip]],
    [1, () => [gzipSync(gzipSync(body)), { "content-encoding": "gzip, gzip" }]],
    [0.3, () => [random.pick([bomb, bombOfText, bombOfLines]), gzip]],
    [1, () => [deflateSync(body), { "content-encoding": "deflate" }]],
    [1, () => [brotliCompressSync(body), { "content-encoding": "br" }]],
    [1, () => [body, { "content-encoding": random.pick(["", "identity", "GZIP", "none", "x".repeat(300)]) }]],
    [4, () => [body.subarray(0, random.int(0, body.length))]],
    [2, () => [Buffer.from(`${text},`)]],
    [2, () => [Buffer.from(text.replaceAll('"', "'"))]],
    [1, () => [Buffer.from(text, "utf16le")]],
    [1, () => [Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])]],
    [2, () => [odd(body)]],
    [1, () => [Buffer.from(JSON.stringify(text))]],
    [1, () => [Buffer.from(`[${text},${text}]`)]],
    [1, () => [Buffer.from(text.replaceAll(",", "\n"))]],
    [1, () => [Buffer.from(`${text}\n${text}\n\n\u0000\n{`)]],
    [1, () => [Buffer.alloc(random.pick([0, 1, 2, 70_000]), random.pick(["[", "{", "\n", " ", "\0"]))]],
    [0.05, () => [Buffer.alloc(random.pick([7_900_000, 8_100_000]), " ")]],
    [0.05, () => [Buffer.alloc(7_900_000, '{"type":"user"}\n')]],
    [0.05, () => [Buffer.alloc(7_900_000, "[")]],
  ])();
  return { body: pick[0], headers: pick[1] ?? {} };
}

const types = [
  "application/json",
  "application/json; charset=utf-16",
  "APPLICATION/JSON;;",
  "application/x-ndjson",
  "application/x-ndjson",
  "text/plain",
  "text/html",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "application/jsonl",
  "",
  "/",
  "x".repeat(500),
];

const hosts = [
  "evil.example",
  "127.0.0.1",
  "localhost:1",
  "[::1]",
  "",
  "127.0.0.1:99999",
  "a b",
  "127.0.0.1@evil.example",
];
const origins = [
  "http://evil.example",
  "null",
  "",
  "https://127.0.0.1",
  "file://",
  "http://127.0.0.1:1",
  "x".repeat(200),
];
const junk = [
  "",
  " ",
  "x",
  "é",
  "null",
  "../..",
  "a=b; c",
  '"',
  "%00",
  "-1",
  "x".repeat(3_000),
  "0",
  "*",
  "a,b,c",
  "1e9",
];
const headers: readonly [name: string, values: readonly string[]][] = [
  ["host", hosts],
  ["origin", origins],
  ["referer", origins],
  ["x-request-id", [...junk, "good-request-id-1"]],
  ["x-forwarded-for", ["10.0.0.1", "::1", "x, y", "127.0.0.1,127.0.0.1", ...junk]],
  ["x-forwarded-proto", ["https", "http", "ftp"]],
  ["x-forwarded-host", hosts],
  ["forwarded", ["for=127.0.0.1;proto=https"]],
  ["x-dashboard-visitor", ["secret https 127.0.0.1 local 127.0.0.1", "a b c d e", ...junk]],
  ["authorization", ["Bearer", "Bearer ", "bearer twin_x", "Basic YTpi", "Bearer twin_a_b", ...junk]],
  [
    "cookie",
    ["twin_session=", "twin_session=x; twin_session=y", "__Host-twin_session=x", "twin_device=a.b", "=;=", ...junk],
  ],
  [
    "cookie",
    [`twin_session=${"é".repeat(40)}`, `a=${"b".repeat(4_000)}`, 'twin_session="%00"', "theme=%E0%A4%A; tz=Mars"],
  ],
  ["accept", ["text/event-stream", "application/jsonl", "text/html", "*/*", ...junk]],
  ["accept-language", junk],
  ["accept-encoding", ["gzip", "identity;q=0", ...junk]],
  ["trpc-accept", ["application/jsonl", ...junk]],
  ["last-event-id", ["1", "2026-01-01T00:00:00.000Z", ...junk]],
  ["range", ["bytes=0-1", "bytes=-1", "lines=1"]],
  ["if-none-match", ["*", '"x"']],
  ["if-modified-since", junk],
  ["x-http-method-override", ["DELETE", "POST"]],
  ["x-sveltekit-action", ["true"]],
  ["content-language", junk],
  ["priority", junk],
  ["sec-fetch-site", ["cross-site", ...junk]],
  ["user-agent", ["", "x".repeat(4_000), "<script>"]],
  ["x-fuzz", ["x".repeat(9_000), "x".repeat(20_000)]],
];

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "SEARCH"];

/** The same request with something odd about the way that it comes. */
export function distort(random: Random, draft: Draft): Draft {
  const next = { ...draft, headers: { ...draft.headers } };
  for (
    let left = random.weigh([
      [5, 1],
      [2, 2],
      [1, 4],
    ]);
    left > 0;
    left--
  ) {
    random.weigh<() => void>([
      [4, () => void (next.method = random.pick(methods))],
      [
        6,
        () => {
          const [name, values] = random.pick(headers);
          next.headers[name] = random.pick(values);
        },
      ],
      [2, () => void (next.headers["content-type"] = random.pick(types))],
      [
        next.body ? 6 : 1,
        () => {
          const packed = pack(random, next.body ?? Buffer.from("{}"));
          next.body = packed.body;
          Object.assign(next.headers, packed.headers);
        },
      ],
      [1, () => void delete next.headers["content-type"]],
      [2, () => void (next.path = bend(random, next.path))],
    ])();
  }
  return next;
}

/** The address, changed where addresses are taken apart. */
const bend = (random: Random, path: string): string =>
  random.weigh<() => string>([
    [
      2,
      () =>
        `${path}${path.includes("?") ? "&" : "?"}${random.pick(["batch=1", "batch=0", "input=", "input", "connectionParams=1", "lastEventId=x", "&&==&"])}`,
    ],
    [1, () => `${path}${path.includes("?") ? "&" : "?"}connectionParams=${encode('{"a":[')}`],
    [1, () => path.replace("?", random.pick(["/?", "%3f", "??", "#", ";x?"]))],
    [1, () => `/${path}`],
    [1, () => path.replace(/[^?]+/, (before) => `${before}/`)],
    [1, () => path.replace(/[^?]+/, (before) => before.toUpperCase())],
    [
      1,
      () =>
        path.replace(
          /[^?]+/,
          (before) => `${before}${random.pick(["%00", "%ff", "%2f..%2f", "%", ";", "%ED%A0%80", "."])}`,
        ),
    ],
    [1, () => path.replaceAll("/", random.pick(["//", "/./", "/x/../", "%2f"]))],
    [1, () => `${path}${path.includes("?") ? "&" : "?"}${"a=b&".repeat(random.pick([50, 1_000]))}`],
    [0.3, () => `${path}${path.includes("?") ? "&" : "?"}x=${"y".repeat(random.pick([7_000, 20_000]))}`],
    [0.5, () => `http://evil.example${path}`],
  ])();
