import { createHash, createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucketBlobs } from "./bucket.ts";

const key = { region: "eu-north-7", accessKeyId: "archivist", secretAccessKey: "a secret" };
const objects = new Map<string, Buffer>();
const uploads = new Map<string, Map<number, Buffer>>();
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
  if (!name.startsWith("/archives/")) return fail(404, "NoSuchBucket");
  if (request.method === "POST" && id === null) {
    const begun = `an id+${uploads.size}`;
    uploads.set(begun, new Map());
    return [200, `<UploadId>${begun}</UploadId>`];
  }
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
