import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { whatIsNoLine } from "@twin/contracts/ndjson";
import { Turns } from "@twin/db/postgres/turns";
import type { Share } from "./budget.ts";
import { HttpProblem } from "./errors.ts";
import { Allowance, parseJson, Unreadable } from "./json.ts";

/** Limits of a body: most bytes as sent and unpacked, and where they are counted. */
export type Reading = { most: number; share: Share };

/** Most milliseconds between two pieces of a body: a slower sender would hold its place for nothing. */
const pauseMs = 10_000;
/** How much of an unreadable line is looked at to tell what it is. */
const mostTold = 10_000;
/** How much of a refused body is read and dropped, so that its sender gets to read the answer. */
const drainMs = 4_000;

const tooLarge = (most: number) =>
  new HttpProblem("TOO_LARGE", 413, `this takes a body of up to ${most} bytes, after decompression too`);
const unreadable = (reason: string) => new HttpProblem("BAD_REQUEST", 400, `the body isn't readable ${reason}`);

/** The sender is gone, or what it sent is no body. */
const brokenOff = () => {
  throw new HttpProblem("BAD_REQUEST", 400, "the body broke off before its end");
};

/** The bytes of a body as they come. Where the reader stops before the end, the rest is received and dropped. */
async function* receive(request: Request, most: number): AsyncGenerator<Buffer> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  if (!request.body) return;
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let [size, ended] = [0, false];
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const pause = new Promise<never>((_resolve, reject) => {
        const slow = () =>
          new HttpProblem("BAD_REQUEST", 408, `nothing of the body came for ${pauseMs / 1000} seconds`);
        timer = setTimeout(() => reject(slow()), pauseMs);
      });
      const { done, value } = await Promise.race([reader.read().catch(brokenOff), pause]);
      clearTimeout(timer);
      ended = done;
      if (done) return;
      size += value.length;
      if (size > most) throw tooLarge(most);
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    clearTimeout(timer);
    if (!ended) void drain(reader);
  }
}

/** Closing the connection while the sender still sends would lose the answer. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), drainMs);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The sender has closed the connection.
  } finally {
    clearTimeout(timer);
  }
}

/** The unpacked bytes, counted and limited. Gzip is known by its first two bytes, whatever the headers say. */
async function* unpack(request: Request, { most, share }: Reading): AsyncGenerator<Buffer> {
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    throw new HttpProblem("BAD_REQUEST", 415, "content-encoding must be gzip, or absent");
  }
  const received = receive(request, most);
  let head = Buffer.alloc(0);
  for (let next; head.length < 2 && !(next = await received.next()).done;) head = Buffer.concat([head, next.value]);
  const whole = (async function* () {
    if (head.length > 0) yield head;
    yield* received;
  })();
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    for await (const chunk of whole) {
      share.take(chunk.length);
      yield chunk;
    }
    return;
  }
  const gunzip = createGunzip({ chunkSize: 65_536 });
  pipeline(Readable.from(whole), gunzip, () => {});
  let size = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      share.take(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith("Z_")) throw unreadable("gzip");
    throw error;
  }
}

/** Reads a body and unpacks it. @throws HttpProblem TOO_LARGE, UNAVAILABLE or BAD_REQUEST */
export async function readBody(request: Request, reading: Reading): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of unpack(request, reading)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A JSON body. @throws HttpProblem BAD_REQUEST saying where it breaks off; as `readBody` does */
export async function readJson(request: Request, reading: Reading): Promise<unknown> {
  const bytes = await readBody(request, reading);
  try {
    return await parseJson(bytes);
  } catch (error) {
    if (error instanceof Unreadable) throw unreadable(`JSON: ${error.message}${await linesInstead(bytes)}`);
    throw error;
  }
}

/** A hint for senders of NDJSON with the content type of JSON. */
async function linesInstead(bytes: Buffer): Promise<string> {
  const end = bytes.indexOf(10);
  if (end === -1 || end > mostTold || isBlank(bytes.subarray(end))) return "";
  const isLine = await parseJson(bytes.subarray(0, end)).then(
    () => true,
    () => false,
  );
  return isLine ? "; one record a line is application/x-ndjson" : "";
}

export type Line = { record: unknown } | { fault: string };

/**
 * The lines of an NDJSON body, each parsed by itself as it comes: an unreadable one is a fault, and all others are used.
 * Empty lines are skipped. Beyond `mostLines` nothing is read.
 * @returns the lines, one more than `mostLines` where there were more
 * @throws HttpProblem as `readBody` does
 */
export async function readLines(request: Request, reading: Reading, mostLines: number): Promise<Line[]> {
  const lines: Line[] = [];
  const [allowance, turns] = [new Allowance(), new Turns()];
  const understand = async (line: Buffer): Promise<void> => {
    if (isBlank(line)) return;
    try {
      lines.push({ record: await parseJson(line, allowance, turns) });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const fault = `the line isn't readable JSON: ${error.message}`;
      lines.push({ fault: whatIsNoLine(line.subarray(0, mostTold).toString()) ?? fault });
    }
  };
  let begun: Buffer[] = [];
  for await (const chunk of unpack(request, reading)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = chunk.subarray(start, end);
      start = end + 1;
      if (line.length === 0 && begun.length === 0) continue;
      await understand(begun.length === 0 ? line : Buffer.concat([...begun, line]));
      begun = [];
      if (lines.length > mostLines) return lines;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  await understand(Buffer.concat(begun));
  return lines;
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));
