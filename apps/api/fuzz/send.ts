import { Agent, type IncomingMessage, request as openRequest } from "node:http";
import { connect } from "node:net";
import type { Request } from "./requests.ts";

export type Answer = {
  /** 0 where there was none. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  ms: number;
  /** Why there was none, or not all of it. */
  fault?: string;
};

/** Of a stream so much time is listened to. */
const listenMs = 250;
/** Nothing may take longer; judged is less. */
const patienceMs = 60_000;

/** Sends requests to one server, over connections that are kept as a browser keeps them. */
export class Sender {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** Sends a request, again where the connection that was kept for it had just been closed. */
  async send(request: Request): Promise<Answer> {
    if (request.raw) return this.#sendRaw(request.raw);
    const began = performance.now();
    for (;;) {
      const answer = await this.#try(request, began);
      if (answer) return answer;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #try({ method, path, headers, asker, body, isStream }: Request, began: number): Promise<Answer | null> {
    const sent = openRequest({
      host: "127.0.0.1",
      port: this.#port,
      method,
      path,
      agent: this.#agent,
      headers: { ...asker.headers, ...headersOf(asker.headers, this.#port), ...headers },
    });
    return new Promise((resolve) => {
      let answer: Answer = { status: 0, headers: {}, text: "", ms: 0 };
      const end = (fault?: string) => {
        clearTimeout(timer);
        answer.ms = performance.now() - began;
        resolve({ ...answer, ...(fault !== undefined && { fault }) });
      };
      const timer = setTimeout(() => {
        sent.destroy();
        end("no answer");
      }, patienceMs);
      sent.once("error", (error: NodeJS.ErrnoException) => {
        if (answer.status > 0) return end();
        clearTimeout(timer);
        if (sent.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(error.code ?? "")) resolve(null);
        else end(`${error.code} ${error.message}`);
      });
      sent.once("response", (response: IncomingMessage) => {
        answer = { ...answer, status: response.statusCode!, headers: response.headers };
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("close", () => {
          answer.text = Buffer.concat(chunks).toString();
          end();
        });
        response.on("error", () => {});
        const isOpen = isStream || String(response.headers["content-type"]).startsWith("text/event-stream");
        if (isOpen) setTimeout(() => sent.destroy(), listenMs);
      });
      sent.end(body);
    });
  }

  #sendRaw(raw: Buffer): Promise<Answer> {
    const began = performance.now();
    const socket = connect(this.#port, "127.0.0.1");
    const chunks: Buffer[] = [];
    return new Promise((resolve) => {
      const end = (fault?: string) =>
        resolve({ ...parse(Buffer.concat(chunks).toString()), ms: performance.now() - began, ...(fault && { fault }) });
      // What is never finished is waited for by the server; we have seen enough.
      const timer = setTimeout(() => {
        socket.destroy();
        end();
      }, 700);
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.once("error", () => {});
      socket.once("close", () => {
        clearTimeout(timer);
        end(chunks.length === 0 ? "closed without a word" : undefined);
      });
      socket.write(raw);
    });
  }
}

/** The first answer that stands in what came back over a connection, but for "go on". */
function parse(text: string): Pick<Answer, "status" | "headers" | "text"> {
  const [head = "", ...rest] = text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, "").split("\r\n\r\n");
  const [line = "", ...fields] = head.split("\r\n");
  const pairs = fields.map((field) => field.split(/: ?(.*)/s) as [string, string]);
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  const body = rest.join("\r\n\r\n");
  const isChunked = headers["transfer-encoding"] === "chunked";
  const length = Number(headers["content-length"] ?? body.length);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(line)?.[1] ?? 0),
    headers,
    text: isChunked ? body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "") : body.slice(0, length),
  };
}

/** Who comes with a cookie comes from a page of ours. */
const headersOf = (asker: Record<string, string>, port: number): Record<string, string> =>
  "cookie" in asker ? { origin: `http://127.0.0.1:${port}` } : {};
