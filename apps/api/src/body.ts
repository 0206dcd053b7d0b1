import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { limits } from "@twin/contracts/vocabulary";
import { HttpProblem } from "./errors.ts";

const unzip = promisify(gunzip);
const tooLarge = () =>
  new HttpProblem(
    "TOO_LARGE",
    413,
    `a body holds up to ${limits.batchBytes} bytes, after decompression too: send several`,
  );

/** Reads a body, never holding more than a batch may have. @throws TOO_LARGE */
export async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get("content-length") ?? 0) > limits.batchBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limits.batchBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a body and unpacks it, no further than a batch may be large. @throws TOO_LARGE; BAD_REQUEST */
export async function readBody(request: Request): Promise<Buffer> {
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    throw new HttpProblem("BAD_REQUEST", 415, "content-encoding must be gzip, or absent");
  }
  const bytes = await readBytes(request);
  if (encoding === "identity") return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: limits.batchBytes });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new HttpProblem("BAD_REQUEST", 400, "the body isn't readable gzip");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A JSON body. @throws BAD_REQUEST saying where it breaks off */
export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new HttpProblem("BAD_REQUEST", 400, "the body isn't UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem("BAD_REQUEST", 400, `the body isn't readable JSON: ${reasonOf(error)}`);
  }
}

// The engine's message repeats the text around the fault; what it stumbled over tells as much and repeats nobody's words.
function reasonOf(error: unknown): string {
  const message = String(error);
  const [where] = /(?<=at )position \d+/.exec(message) ?? [];
  const [token] = /(?<=Unexpected token )'.{1,2}'/u.exec(message) ?? [];
  if (message.includes("Unexpected end")) return "it ends too early";
  return [`unexpected ${token ?? "text"}`, where && `at ${where}`].filter(Boolean).join(" ");
}

export type Line = { record: unknown } | { fault: string };

/** The lines of an NDJSON body, each by itself: an unreadable one is a fault and keeps no other out. Empty lines are none. */
export function parseLines(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    start = end === -1 ? bytes.length : end + 1;
    if (line.length === 0 || /^\s*$/.test(line.toString("latin1"))) continue;
    try {
      lines.push({ record: JSON.parse(utf8.decode(line)) });
    } catch (error) {
      lines.push({
        fault:
          error instanceof SyntaxError ? `the line isn't readable JSON: ${reasonOf(error)}` : "the line isn't UTF-8",
      });
    }
  }
  return lines;
}
