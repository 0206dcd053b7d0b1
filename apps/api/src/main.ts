import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { newToken } from "@twin/db/access/tokens";
import { connect } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { exitConfig, readEnv } from "@twin/db/postgres/env";
import { isUnavailable } from "@twin/db/tenancy/errors";
import { migrate } from "@twin/db/postgres/migrate";
import { createApp } from "./app.ts";
import { compressAnswer } from "./compress.ts";
import { lingerAfter, limitConnections } from "./connections.ts";
import { ApiEnv } from "./env.ts";
import { createLog } from "./log.ts";
import { answerBroken, answerFailure } from "./unreadable.ts";
import { type Reach } from "./visitor.ts";
import { apiOrigin, loadWeb } from "./web.ts";

const env = readEnv(ApiEnv);
const log = createLog(env.LOG_LEVEL);
const stopping = new AbortController();
const drainMs = 7_000;
const connections = 500;

const db = connect(env.DATABASE_URL, {
  max: 10,
  applicationName: "twin api",
  prepare: env.PREPARE,
  listenAt: env.DATABASE_DIRECT_URL,
});
try {
  await migrate(env.DATABASE_DIRECT_URL ?? env.DATABASE_URL);
  // With a wrong key, new rows would be unreadable together with the old ones.
  await unlockKeys(db, {
    key: env.KEY_ENCRYPTION_KEY,
    file: env.KEY_FILE ?? join(env.DATA_DIR, "keys", "key-encryption-key"),
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // An unreachable database may come back, so the supervisor tries again; all other errors need a person.
  process.exit(isUnavailable(error) ? 1 : exitConfig);
}
const reach: Reach = { trustProxy: env.TRUST_PROXY, publicUrl: env.PUBLIC_URL, secret: newToken() };
const app = createApp({ db, log, demo: env.DEMO, mail: env.SMTP_URL !== undefined, reach, stopping: stopping.signal });
// We receive the rest of a body ourselves, see `lingerAfter`.
const api = getRequestListener(app.fetch, { autoCleanupIncoming: false, errorHandler: answerFailure(log) });
const web = await loadWeb({ handler: env.WEB_HANDLER, origin: apiOrigin(env.HOST, env.PORT), reach });

const isApi = /^\/(trpc|api|docs|healthz|readyz)(\/|\?|$)/;
// A request without a host is answered like any other.
const anyHost = { requireHostHeader: false };
const server = createServer(
  anyHost,
  (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    // While we stop, clients must not send another request on the same connection.
    if (stopping.signal.aborted) response.setHeader("connection", "close");
    lingerAfter(request, response);
    compressAnswer(request, response);
    void (isApi.test(request.url ?? "") ? api : web)(request, response);
  },
);
limitConnections(server, connections);
answerBroken(server);
// A body that comes slowly holds a connection no longer than this.
server.requestTimeout = 60_000;
server.headersTimeout = 15_000;

server.on("error", (error: NodeJS.ErrnoException) => {
  const reason =
    error.code === "EADDRINUSE"
      ? "is in use: stop what listens there, or set PORT"
      : `can't be listened on (${error.code})`;
  process.stderr.write(`${env.HOST}:${env.PORT} ${reason}.\n`);
  process.exit(exitConfig);
});
server.listen(env.PORT, env.HOST, () => {
  log.info({ url: apiOrigin(env.HOST, env.PORT) }, "listening");
  process.send?.("ready");
});

/** Stops listening, ends streams, lets accepted requests finish, and closes the database last. */
function stop(reason: string): void {
  if (stopping.signal.aborted) return;
  log.info({ reason }, "stopping");
  stopping.abort();
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  server.close(() => {
    clearTimeout(cut);
    void db.close().finally(() => process.exit(0));
  });
  server.closeIdleConnections();
}
process.on("SIGTERM", () => stop("SIGTERM"));
process.on("SIGINT", () => stop("SIGINT"));
// The supervisor is gone.
process.on("disconnect", () => stop("supervisor gone"));
