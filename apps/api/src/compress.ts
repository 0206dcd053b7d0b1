import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline, Writable } from "node:stream";
import { constants, createGzip, type Gzip } from "node:zlib";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX } from "hono/compress";

/** A smaller body fits into one packet anyhow. */
const leastBytes = 1_024;
/** Of Kit's pages level 9 takes 3 % of the bytes more away, for twice the time. */
const level = 5;

const listed = (header: unknown, name: string): boolean =>
  String(header ?? "")
    .toLowerCase()
    .split(",")
    .some((one) => one.trim() === name);

function takesGzip({ headers }: IncomingMessage): boolean {
  const weights = new Map<string, number>();
  for (const part of String(headers["accept-encoding"] ?? "").split(",")) {
    const [name = "", q] = part.toLowerCase().split(/\s*;\s*q=/);
    weights.set(name.trim(), q === undefined ? 1 : Number.parseFloat(q));
  }
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}

/**
 * Whether the page that asks is ours, or nobody's. Another site that can make a visitor's browser ask, with text of its
 * choice in the address, and sees how long the answers are on the wire, would learn from a compressed one whether its text
 * occurs beside that (BREACH).
 */
const isOwn = ({ headers }: IncomingMessage): boolean =>
  /^(same-origin|none)$/.test(String(headers["sec-fetch-site"] ?? "none"));

/** Whether a body may be compressed on its way: text that nobody has compressed, whole, and not as events come. */
const isText = (response: ServerResponse): boolean =>
  response.statusCode >= 200 &&
  ![204, 205, 206, 304].includes(response.statusCode) &&
  !response.hasHeader("content-encoding") &&
  !response.hasHeader("content-range") &&
  !listed(response.getHeader("cache-control"), "no-transform") &&
  COMPRESSIBLE_CONTENT_TYPE_REGEX.test(String(response.getHeader("content-type") ?? ""));

/** The compressed body isn't byte for byte what a strong tag names. */
function weaken(response: ServerResponse): void {
  const tag = response.getHeader("etag");
  if (typeof tag === "string" && !tag.startsWith("W/")) response.setHeader("etag", `W/${tag}`);
}

function vary(response: ServerResponse): void {
  const now = response.getHeader("vary");
  if (now === "*" || listed(now, "accept-encoding")) return;
  response.setHeader("vary", now === undefined ? "Accept-Encoding" : `${String(now)}, Accept-Encoding`);
}

type Done = (error?: Error | null) => void;
type Rest = [encoding?: BufferEncoding | Done, done?: Done];

/**
 * Answers with gzip where the client takes it and the body gains by it; call it before anything is answered. What is
 * written before a pause leaves before it. Files of the build bring their own compressed copies, and pass untouched.
 */
export function compressAnswer(request: IncomingMessage, response: ServerResponse): void {
  const plain = {
    writeHead: response.writeHead.bind(response),
    flushHeaders: response.flushHeaders.bind(response),
    write: response.write.bind(response) as (chunk: unknown, ...rest: Rest) => boolean,
    end: response.end.bind(response) as (...rest: unknown[]) => ServerResponse,
  };
  /** Null: as it is; undefined: nothing was sent yet. */
  let gzip: Gzip | null | undefined;

  /** Sends the head, with what the first part of the body tells. */
  const begin = (wholeBytes?: number): Gzip | null => {
    if (gzip !== undefined) return gzip;
    gzip = null;
    const bytes = wholeBytes ?? response.getHeader("content-length");
    if (isText(response) && (bytes === undefined || Number(bytes) >= leastBytes)) {
      vary(response);
      if (takesGzip(request) && isOwn(request)) {
        response.removeHeader("content-length");
        response.removeHeader("accept-ranges");
        weaken(response);
        if (request.method !== "HEAD") {
          response.setHeader("content-encoding", "gzip");
          gzip = into(response, plain);
        }
      }
    } else if (response.statusCode === 304) {
      // The tag of the answer that it confirms.
      const tag = `W/${String(response.getHeader("etag"))}`;
      if (listed(request.headers["if-none-match"], tag.toLowerCase())) weaken(response);
      if (response.hasHeader("etag")) vary(response);
    }
    plain.writeHead(response.statusCode);
    return gzip;
  };

  let isFlushing = false;
  const flushSoon = (stream: Gzip): void => {
    if (isFlushing) return;
    isFlushing = true;
    setImmediate(() => {
      isFlushing = false;
      if (!stream.writableEnded && !stream.destroyed) stream.flush(constants.Z_SYNC_FLUSH);
    });
  };

  Object.assign(response, {
    // Nothing is sent yet: a head says how long the body is only where it is known by whoever wrote it.
    writeHead(status: number, message?: string | OutgoingHttpHeaders, headers?: OutgoingHttpHeaders) {
      response.statusCode = status;
      if (typeof message === "string") response.statusMessage = message;
      const given = typeof message === "object" ? message : (headers ?? {});
      for (const [name, value] of Object.entries(given)) if (value !== undefined) response.setHeader(name, value);
      return response;
    },
    flushHeaders() {
      begin();
      plain.flushHeaders();
    },
    write(chunk: string | Uint8Array, ...rest: Rest) {
      const stream = begin();
      if (!stream) return plain.write(chunk, ...rest);
      flushSoon(stream);
      return (stream.write as typeof plain.write).call(stream, chunk, ...rest);
    },
    end(...given: [chunk?: string | Uint8Array | Done | null, ...rest: Rest]) {
      const [chunk] = given;
      const bytes = typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.byteLength(chunk) : 0;
      const stream = begin(request.method === "HEAD" ? undefined : bytes);
      if (!stream) return plain.end(...given);
      const done = given.findLast((one) => typeof one === "function");
      if (done) response.once("finish", done);
      if (typeof chunk === "string") stream.end(Buffer.from(chunk, typeof given[1] === "string" ? given[1] : "utf8"));
      else if (chunk instanceof Uint8Array) stream.end(chunk);
      else stream.end();
      return response;
    },
  });
}

/** A compressor whose output is the body; whoever writes faster than the client reads is told to wait. */
function into(
  response: ServerResponse,
  plain: { write(chunk: unknown, done: Done): boolean; end(done: Done): ServerResponse },
): Gzip {
  const stream = createGzip({ level });
  const wire = new Writable({
    write: (chunk, _encoding, done) => void plain.write(chunk, done),
    final: (done) => void plain.end(done),
  });
  stream.on("drain", () => response.emit("drain"));
  response.once("close", () => stream.destroy());
  pipeline(stream, wire, (error) => {
    if (error && !response.destroyed) response.destroy(error);
  });
  return stream;
}
