import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import type { Blobs } from "../parquet/blobs.ts";

export type Bucket = { url: string; region: string; accessKeyId: string; secretAccessKey: string };

/** What is sent in one request; a larger file goes in parts, of which there may be 10,000. */
const partBytes = 16 << 20;
const retries = 5;

/**
 * Archives in a bucket of an S3-compatible store. Files are written beside (`drafts`), sent in bounded parts, each with its
 * SHA-256, and read by way of a copy; a file is there whole or not at all.
 */
export function bucketBlobs({ url, region, accessKeyId, secretAccessKey }: Bucket, drafts: string): Blobs {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries });
  const root = url.replace(/\/+$/, "");
  const draftOf = (path: string) => join(drafts, path.replaceAll("/", "_"));

  async function ask(
    method: string,
    address: string,
    body?: Uint8Array<ArrayBuffer> | string,
    allowed: readonly number[] = [],
  ): Promise<Response> {
    const sha256 = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    const path = new URL(address).pathname;
    const init = { method, headers: { "x-amz-content-sha256": sha256 }, ...(body !== undefined && { body }) };
    const response = await send(address, init, path);
    if (response.ok) return response;
    const text = await response.text();
    const code = tag(text, "Code");
    // A bucket that isn't there is no file that isn't there.
    if (allowed.includes(response.status) && code !== "NoSuchBucket") return response;
    throw new Error(
      `${method} ${path}: the archive's store answers ${response.status} ${code ?? ""}`.trimEnd() + advice(code),
    );
  }

  /** A connection that breaks is tried again, as a busy store is. */
  async function send(address: string, init: RequestInit, path: string): Promise<Response> {
    for (let again = 0; ; again++) {
      try {
        return await client.fetch(address, init);
      } catch (error) {
        if (again === retries) {
          throw new Error(
            `${init.method} ${path}: the archive's store can't be reached at ${new URL(root).host}; look at ARCHIVE_S3_URL and the network.`,
            { cause: error },
          );
        }
        await setTimeout(Math.random() * 50 * 2 ** again);
      }
    }
  }

  async function putInParts(address: string, file: FileHandle, size: number): Promise<void> {
    const id = tag(await (await ask("POST", `${address}?uploads=`)).text(), "UploadId");
    if (!id) throw new Error("the archive's store began no upload in parts");
    const upload = `uploadId=${encodeURIComponent(id)}`;
    try {
      const parts: string[] = [];
      for (let at = 0; at < size; at += partBytes) {
        const number = parts.length + 1;
        const part = await ask("PUT", `${address}?partNumber=${number}&${upload}`, await readAt(file, at, size));
        parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${part.headers.get("etag") ?? ""}</ETag></Part>`);
      }
      const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
      const answer = await (await ask("POST", `${address}?${upload}`, body)).text();
      // It answers 200 before it knows.
      if (answer.includes("<Error>"))
        throw new Error(`the archive's store joined no parts: ${tag(answer, "Code") ?? answer}`);
    } catch (error) {
      await ask("DELETE", `${address}?${upload}`, undefined, [404]).catch(() => {});
      throw error;
    }
  }

  /** Uploads that were begun below our folder, of whomever. */
  async function* listUploads(): AsyncGenerator<{ path: string; id: string; begun: Date }> {
    const { origin, pathname } = new URL(root);
    const [, bucket = "", ...folders] = pathname.split("/");
    const prefix = folders.map((folder) => `${decodeURIComponent(folder)}/`).join("");
    for (let after: Record<string, string> | null = {}; after !== null;) {
      const asked = new URLSearchParams({ uploads: "", prefix, ...after });
      const answer = await ask("GET", `${origin}/${bucket}?${asked.toString()}`, undefined, notListing);
      if (!answer.ok) return;
      const xml = await answer.text();
      for (const [, upload = ""] of xml.matchAll(/<Upload>(.*?)<\/Upload>/gs)) {
        const [key = "", id = ""] = [tag(upload, "Key"), tag(upload, "UploadId")].map((text) => unescaped(text ?? ""));
        yield { path: key.slice(prefix.length), id, begun: new Date(tag(upload, "Initiated") ?? Number.NaN) };
      }
      const [key, upload] = [tag(xml, "NextKeyMarker"), tag(xml, "NextUploadIdMarker")];
      after =
        tag(xml, "IsTruncated") === "true" && key
          ? { "key-marker": unescaped(key), "upload-id-marker": unescaped(upload ?? "") }
          : null;
    }
  }

  return {
    where: root,
    async tidy(isOurs, before) {
      let gone = 0;
      for await (const { path, id, begun } of listUploads()) {
        if (!isOurs(path) || !(begun < before)) continue;
        await ask("DELETE", `${root}/${path}?uploadId=${encodeURIComponent(id)}`, undefined, [404]);
        gone++;
      }
      for (const name of await readdir(drafts).catch(() => [])) {
        const file = join(drafts, name);
        const found = await stat(file).catch(() => null);
        if (!found || found.mtime >= before) continue;
        await rm(file, { force: true });
        gone++;
      }
      return gone;
    },
    async draft(path) {
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      return draftOf(path);
    },
    async put(path, draft) {
      const file = await open(draft, "r");
      try {
        const { size } = await file.stat();
        if (size > partBytes) await putInParts(`${root}/${path}`, file, size);
        else await ask("PUT", `${root}/${path}`, await readAt(file, 0, size));
      } finally {
        await file.close();
      }
      await rm(draft);
    },
    async fetch(path) {
      const response = await ask("GET", `${root}/${path}`, undefined, [404]);
      if (response.status === 404) return null;
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      const file = `${draftOf(path)}.${randomUUID()}`;
      const release = () => rm(file, { force: true });
      try {
        await pipeline(Readable.fromWeb(response.body as never), createWriteStream(file, { mode: 0o600 }));
      } catch (error) {
        await release();
        throw error;
      }
      return { file, release };
    },
    async remove(path) {
      await ask("DELETE", `${root}/${path}`, undefined, [404]);
      await rm(draftOf(path), { force: true });
    },
  };
}

async function readAt(file: FileHandle, at: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.min(partBytes, size - at));
  for (let read = 0; read < bytes.length;) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, at + read);
    if (bytesRead === 0) throw new Error("a file became shorter while it was sent");
    read += bytesRead;
  }
  return bytes;
}

/** A store that lists no uploads, or not for our key, has to end them itself. */
const notListing = [403, 405, 501];

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!);

const tag = (xml: string, name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

/** What to do about an answer of the store. */
function advice(code: string | undefined): string {
  switch (code) {
    case "SignatureDoesNotMatch":
    case "InvalidAccessKeyId":
      return "; look at ARCHIVE_S3_ACCESS_KEY_ID and ARCHIVE_S3_SECRET_ACCESS_KEY.";
    case "AccessDenied":
      return "; the key of ARCHIVE_S3_ACCESS_KEY_ID has to be allowed to read, write and delete there.";
    case "NoSuchBucket":
      return "; make the bucket, or look at ARCHIVE_S3_URL.";
    case "AuthorizationHeaderMalformed":
      return "; look at ARCHIVE_S3_REGION.";
    default:
      return "";
  }
}
