import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";
import type { Logger } from "pino";
import { lingerMs } from "./connections.ts";
import { HttpProblem, problemOf, problemResponse } from "./errors.ts";

/** The problem of an unusable request: an invalid address or Host, or a method that can't have its body. */
const noRequest = () =>
  new HttpProblem("BAD_REQUEST", 400, "this is no request: look at its method, address, Host header and body");

/** The answer where the app wasn't reached, or failed outside of its own error handling. */
export const answerFailure =
  (log: Logger) =>
  (error: unknown): Response => {
    const request_id = randomUUID();
    if (error instanceof RequestError) return problemResponse(noRequest(), request_id);
    log.error({ request_id, code: "INTERNAL", err: error }, "request failed");
    return problemResponse(error, request_id);
  };

const [tooLate, tooLong] = ["ERR_HTTP_REQUEST_TIMEOUT", "HPE_HEADER_OVERFLOW"];

function problemFor(code: string | undefined): HttpProblem {
  if (code === tooLate) return new HttpProblem("BAD_REQUEST", 408, "the request didn't come to its end in time");
  if (code === tooLong) return new HttpProblem("TOO_LARGE", 431, "address and headers may have 16 kB together");
  return new HttpProblem("BAD_REQUEST", 400, "this isn't HTTP as we read it");
}

/** Answers what isn't HTTP with a problem, like every other mistake, and ends the connection. */
export function answerBroken(server: Server): void {
  const unfinished = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    unfinished.set(socket, response);
    response.once("close", () => {
      if (unfinished.get(socket) === response) unfinished.delete(socket);
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    // The rest that its sender sends is no second mistake.
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = unfinished.get(socket);
    // It came behind the last request of a connection: that one is answered first.
    if (response && error.code === "HPE_CLOSED_CONNECTION") return;
    if (socket.writable && !response?.headersSent) refuse(socket, problemFor(error.code));
    else socket.destroy();
  });
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    // Its body will not be sent, so the next bytes on this connection can't be understood.
    refuse(response.socket!, new HttpProblem("BAD_REQUEST", 417, "the one thing to expect is 100-continue"));
  });
  server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    socket.on("error", () => {});
    refuse(socket, new HttpProblem("BAD_REQUEST", 405, "this is no proxy"));
  });
}

const names: Record<number, string> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
};

function refuse(socket: Duplex, error: HttpProblem): void {
  const request_id = randomUUID();
  const body = JSON.stringify(problemOf(error, request_id));
  const head = [
    `HTTP/1.1 ${error.status} ${names[error.status]}`,
    "content-type: application/problem+json",
    "cache-control: no-store",
    `x-request-id: ${request_id}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // If the connection were closed at once, a sender that still sends would lose the answer.
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(cut));
}
