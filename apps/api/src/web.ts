import { existsSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const beside = fileURLToPath(new URL("../../web/build/handler.js", import.meta.url));

const missing: RequestListener = (_request, response) => {
  response.writeHead(503, { "content-type": "text/plain; charset=utf-8", "retry-after": "5" });
  response.end("The dashboard isn't built yet: build apps/web.\n");
};

/** The dashboard asks the API by this address; PORT and HOST are where we listen. */
export const apiOrigin = (host: string, port: number): string =>
  `http://${/^(0\.0\.0\.0|::|\[::\])$/.test(host) ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;

/**
 * The built dashboard, for everything that isn't the API's.
 * @param options.handler its file, where it isn't the one beside this app
 */
export async function loadWeb(options: {
  handler: string | undefined;
  origin: string;
  /** Where the visitor is and how they came, as their browser would say. */
  visitorOf(request: IncomingMessage): { protocol: string; ip: string };
}): Promise<RequestListener> {
  const file = options.handler === undefined ? beside : resolve(options.handler);
  if (!existsSync(file)) return missing;
  // Read by the dashboard when it is loaded: without it its own forms would be refused as another site's.
  process.env["PROTOCOL_HEADER"] = "x-forwarded-proto";
  process.env["ADDRESS_HEADER"] = "x-forwarded-for";
  process.env["API_ORIGIN"] ??= options.origin;
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: RequestListener };
  return (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    const { protocol, ip } = options.visitorOf(request);
    request.headers["x-forwarded-proto"] = protocol;
    request.headers["x-forwarded-for"] = ip;
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("x-frame-options", "DENY");
    response.setHeader("referrer-policy", "same-origin");
    return handler(request, response);
  };
}
