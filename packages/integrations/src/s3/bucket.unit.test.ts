import { createHash, createHmac } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isPathOf } from "@twin/db/archives/paths";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucketBlobs } from "./bucket.ts";

const key = { region: "eu-north-7", accessKeyId: "archivist", secretAccessKey: "a secret" };
const objects = new Map<string, Buffer>();
const uploads = new Map<string, Map<number, Buffer>>();
/** Uploads that somebody began some time ago: id -> key and when. */
const begun = new Map<string, { key: string; at: string }>();
/** Uploads in one answer. */
const listedAtOnce = 2;
let listing = true;
/** Connections that the store breaks before it answers. */
let breaks = 0;

const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (secret: string | Buffer, data: string) => createHmac("sha256", secret).update(data).digest();

/** AWS Signature Version 4, worked out anew from what arrived. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const [, scope = "", names = "", signature] =
    /Credential=archivist\/(\S+), SignedHeaders=(\S+), Signature=(\w+)/.exec(request.headers.authorization ?? "") ?? [];
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join("&");
  const headers = names.split(";").map((name) => `${name}:${request.headers[name] as string}\n`);
  const asked = [request.method, url.pathname, query, headers.join(""), names, hash(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hash(asked)].join("\n");
  const signing = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  return scope.endsWith("/eu-north-7/s3/aws4_request") && hmac(signing, text).toString("hex") === signature;
}

function answer(request: IncomingMessage, url: URL, body: Buffer): [number, string | Buffer, string?] {
  const name = url.pathname;
  const id = url.searchParams.get("uploadId");
  const fail = (status: number, code: string): [number, string] => [status, `<Error><Code>${code}</Code></Error>`];
  if (!isSigned(request, url, body)) return fail(403, "SignatureDoesNotMatch");
  if (request.method === "GET" && url.searchParams.has("uploads")) {
    if (!listing) return fail(403, "AccessDenied");
    const {
      prefix = "",
      "key-marker": key = "",
      "upload-id-marker": upload = "",
    } = Object.fromEntries(url.searchParams);
    const left = [...begun]
      .filter(([id, one]) => one.key.startsWith(prefix) && (one.key > key || (one.key === key && id > upload)))
      .sort(([a, x], [b, y]) => (x.key === y.key ? (a < b ? -1 : 1) : x.key < y.key ? -1 : 1));
    const page = left.slice(0, listedAtOnce);
    const escaped = (text: string) => text.replaceAll("&", "&amp;");
    const last = page.at(-1);
    return [
      200,
      `<ListMultipartUploadsResult><IsTruncated>${left.length > page.length}</IsTruncated>
      ${last ? `<NextKeyMarker>${escaped(last[1].key)}</NextKeyMarker><NextUploadIdMarker>${escaped(last[0])}</NextUploadIdMarker>` : ""}
      ${page.map(([id, one]) => `<Upload><Key>${escaped(one.key)}</Key>\n<UploadId>${escaped(id)}</UploadId><Initiated>${one.at}</Initiated></Upload>`).join("")}
      </ListMultipartUploadsResult>`,
    ];
  }
  if (!name.startsWith("/archives/")) return fail(404, "NoSuchBucket");
  if (request.method === "POST" && id === null) {
    const made = `an id+${uploads.size}`;
    uploads.set(made, new Map());
    return [200, `<UploadId>${made}</UploadId>`];
  }
  if (id !== null && request.method === "DELETE" && begun.get(id)?.key === name.slice("/archives/".length))
    return [begun.delete(id) ? 204 : 404, ""];
  if (id !== null) {
    const parts = uploads.get(id);
    if (!parts) return fail(404, "NoSuchUpload");
    if (request.method === "PUT") {
      parts.set(Number(url.searchParams.get("partNumber")), body);
      return [200, "", `"${hash(body)}"`];
    }
    uploads.delete(id);
    if (request.method === "DELETE") return [204, ""];
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"(\w+)"<\/ETag>/g)];
    const joined = named.map(([, number]) => parts.get(Number(number)) ?? Buffer.alloc(0));
    if (joined.some((part, at) => hash(part) !== named[at]?.[2])) return fail(200, "InvalidPart");
    objects.set(name, Buffer.concat(joined));
    return [200, "<CompleteMultipartUploadResult/>"];
  }
  if (request.method === "PUT") objects.set(name, body);
  if (request.method === "DELETE") return [objects.delete(name) ? 204 : 404, ""];
  const found = objects.get(name);
  return found ? [200, request.method === "GET" ? found : ""] : fail(404, "NoSuchKey");
}

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (breaks > 0) {
    breaks--;
    request.socket.destroy();
    return;
  }
  const [status, text, etag] = answer(request, new URL(request.url ?? "", "http://store"), body);
  response.writeHead(status, etag ? { etag } : {}).end(text);
});
let drafts: string;
let host: string;
const blobsOf = (settings = {}) => bucketBlobs({ url: `${host}/archives/deep`, ...key, ...settings }, drafts);

beforeAll(async () => {
  drafts = await mkdtemp(join(tmpdir(), "bucket-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(drafts, { recursive: true });
});

async function put(path: string, bytes: Buffer): Promise<void> {
  const blobs = blobsOf();
  const draft = await blobs.draft(path);
  await writeFile(draft, bytes);
  await blobs.put(path, draft);
}

async function read(path: string): Promise<Buffer | null> {
  const copy = await blobsOf().fetch(path);
  return copy && readFile(copy.file).finally(() => copy.release());
}

test("Files of no byte, of one part and of more come back as they were, and are gone once removed", async () => {
  for (const size of [0, 10, (16 << 20) + 1]) {
    const path = `1/2024-03/ü ${size}.parquet`;
    const bytes = Buffer.alloc(size, "all that was written");
    await put(path, bytes);
    expect((await read(path))?.equals(bytes)).toBe(true);
    await blobsOf().remove(path);
    await blobsOf().remove(path);
    expect(await read(path)).toBeNull();
  }
  expect(uploads.size).toBe(0);
}, 90_000);

test("Uploads that killed runs left are given up once they are a day old, ours alone, and so are copies", async () => {
  const [old, young] = ["2026-03-01T00:00:00.000Z", "2026-03-02T12:00:00.000Z"];
  const ours = ["1/2024-03/messages-1.parquet", "1/2024-03/activities-2.parquet", "1/2024-04/messages-1.parquet"];
  for (const [index, key] of ours.entries()) begun.set(`ours & ${index}`, { key: `deep/${key}`, at: old });
  begun.set("twice", { key: `deep/${ours[0]}`, at: old });
  const kept: [string, string, string][] = [
    ["at work", `deep/${ours[0]}`, young],
    ["another organisation", "deep/12/2024-03/messages-1.parquet", old],
    ["of somebody", "deep/1/2024-03/holidays.zip", old],
    ["elsewhere", `shallow/${ours[0]}`, old],
  ];
  for (const [id, key, at] of kept) begun.set(id, { key, at });
  const left = join(drafts, "1_2024-03_messages-1.parquet.left");
  await writeFile(left, "copied");
  await utimes(left, new Date(old), new Date(old));
  const tidy = () => blobsOf().tidy(isPathOf(1), new Date("2026-03-02T00:00:00Z"));
  expect(await tidy()).toBe(5);
  expect([...begun.keys()].sort()).toEqual(kept.map(([id]) => id).sort());
  expect(await readdir(drafts)).not.toContain("1_2024-03_messages-1.parquet.left");
  expect(await tidy()).toBe(0);
  begun.set("again", { key: `deep/${ours[0]}`, at: old });
  // A store that doesn't let us list them must not keep anything from being archived.
  listing = false;
  expect(await tidy()).toBe(0);
});

test("A broken connection is tried again", async () => {
  breaks = 2;
  await put("broken", Buffer.from("whole"));
  expect(breaks).toBe(0);
  expect(String(await read("broken"))).toBe("whole");
});

test("A wrong secret and a bucket that isn't there say what to look at, and are never taken for a missing file", async () => {
  await expect(blobsOf({ secretAccessKey: "guessed" }).fetch("a")).rejects.toThrow("ARCHIVE_S3_SECRET_ACCESS_KEY");
  const nowhere = blobsOf({ url: `${host}/nowhere` });
  await expect(nowhere.fetch("a")).rejects.toThrow("make the bucket");
  await expect(nowhere.remove("a")).rejects.toThrow("make the bucket");
});
