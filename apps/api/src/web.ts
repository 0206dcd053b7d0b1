import { existsSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { anonymousPlaces, takePlace } from "./doors.ts";
import { type Reach, refusedHost, tellVisitor, type Visitor, visitorHeader, visitorOf } from "./visitor.ts";

const beside = fileURLToPath(new URL("../../web/build/handler.js", import.meta.url));

const missing: RequestListener = (_request, response) => {
  response.writeHead(503, { "content-type": "text/plain; charset=utf-8", "retry-after": "5" });
  response.end("The dashboard isn't built yet: build apps/web.\n");
};

/** The address at which the dashboard asks the API; PORT and HOST are where we listen. */
export const apiOrigin = (host: string, port: number): string =>
  `http://${/^(0\.0\.0\.0|::|\[::\])$/.test(host) ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;

/**
 * The built dashboard, for everything that isn't the API's.
 * @param options.handler its file, where it isn't beside this app
 */
export async function loadWeb(options: {
  handler: string | undefined;
  origin: string;
  reach: Reach;
}): Promise<RequestListener> {
  const file = options.handler === undefined ? beside : resolve(options.handler);
  if (!existsSync(file)) return missing;
  // The dashboard reads it when it is loaded: without it, its own forms would be refused as those of another site.
  process.env["PROTOCOL_HEADER"] = "x-forwarded-proto";
  process.env["ADDRESS_HEADER"] = "x-forwarded-for";
  // Its forms hold a few lines of text; they may be sent without signing in.
  process.env["BODY_SIZE_LIMIT"] ??= "65536";
  process.env["API_ORIGIN"] ??= options.origin;
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: RequestListener };
  const forms = anonymousPlaces();
  return (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    const { headers, socket } = request;
    const header = (name: string) => headers[name]?.toString();
    const visitor = visitorOf({ peer: socket.remoteAddress, header }, options.reach);
    const refused = refusedHost(visitor, options.reach);
    if (refused !== null) {
      response.writeHead(421, { "content-type": "text/plain; charset=utf-8", connection: "close" });
      response.end(`${refused}\n`);
      return;
    }
    // A form of somebody who isn't signed in counts here; what a page asks for counts where the API is asked.
    if (request.method === "POST" && !/(^|; *)(__Host-)?twin_session=/.test(headers.cookie ?? "")) {
      try {
        response.once("close", takePlace(forms, visitor.ip));
      } catch (error) {
        response.writeHead(429, { "content-type": "text/plain; charset=utf-8", "retry-after": "1" });
        response.end(`${(error as Error).message}\n`);
        return;
      }
    }
    headers["x-forwarded-proto"] = visitor.protocol;
    headers["x-forwarded-for"] = visitor.ip ?? "127.0.0.1";
    headers[visitorHeader] = tellVisitor(visitor, options.reach);
    for (const [name, value] of Object.entries(pageHeaders(visitor))) response.setHeader(name, value);
    return handler(request, response);
  };
}

/** Headers of every page and file of the dashboard; SvelteKit adds the policy for content, with a nonce a page. */
const pageHeaders = ({ protocol }: Visitor): Record<string, string> => ({
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  ...(protocol === "https" && { "strict-transport-security": "max-age=31536000" }),
});
