import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { limits } from "@twin/contracts/vocabulary";
import { Failure } from "../command.ts";
import { type Item, readLine } from "./item.ts";
import { splitLines } from "./lines.ts";

/** A file of NDJSON, plain or gzip, or the standard input. */
export interface Input {
  items(signal: AbortSignal): AsyncGenerator<Item>;
  fraction(): number | null;
  /** Why it could not be read to its end; null if it could. */
  failure(): string | null;
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      error.code === "ENOENT" ? `There is no file ${path}.` : `${path} cannot be read: ${error.message}.`,
    );
  });
  const info = await file.stat().finally(() => file.close());
  if (info.isDirectory()) throw new Failure(`${path} is a folder, not a file of NDJSON.`);
  return info.isFile() ? info.size : 0;
}

/** The stream, unpacked where it is gzip, which its first two bytes tell. */
async function unpack(raw: AsyncIterable<Buffer>): Promise<AsyncIterable<Uint8Array>> {
  const chunks = raw[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 2 && !ended) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(
    (async function* () {
      yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })(),
  );
  if (head[0] !== 0x1f || head[1] !== 0x8b) return whole;
  const gunzip = createGunzip();
  whole.on("error", (error) => gunzip.destroy(error));
  return whole.pipe(gunzip);
}

/** Opens `path`, or the standard input for `-`. @throws Failure where there is nothing to read */
export async function openInput(path: string): Promise<Input> {
  const size = path === "-" ? 0 : await sizeOf(path);
  let read = 0;
  let failure: string | null = null;
  async function* items(signal: AbortSignal): AsyncGenerator<Item> {
    const stream: Readable = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
    // While the standard input sends nothing, the signal must still end the wait.
    const end = () => stream.destroy();
    signal.addEventListener("abort", end);
    const counted = async function* () {
      for await (const chunk of stream) {
        read += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    };
    try {
      for await (const lines of splitLines(await unpack(counted()), limits.batchBytes))
        for (const line of lines) {
          const item = readLine(line);
          if (item) yield item;
        }
    } catch (error) {
      if (!signal.aborted)
        failure = `${path} could not be read to its end: ${(error as Error).message}. What came before is stored.`;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }
  return { items, fraction: () => (size > 0 ? read / size : null), failure: () => failure };
}
