import { setTimeout as sleep } from "node:timers/promises";
import { trpcServer } from "@hono/trpc-server";
import { metricsPath, restPath, trpcPath } from "@twin/contracts/wire";
import { limits } from "@twin/contracts/vocabulary";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { newToken } from "@twin/db/access/tokens";
import { DomainError } from "@twin/db/tenancy/errors";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Logger } from "pino";
import { actorOf } from "./actor.ts";
import { calledIn, readInputs } from "./calls.ts";
import { docsPage, docsPolicy } from "./docs.ts";
import { makeDoors } from "./doors.ts";
import { headersOf, HttpProblem, problemOf, problemResponse } from "./errors.ts";
import { checkReadiness } from "./health.ts";
import { countForKey } from "./key-limit.ts";
import { metricsPage } from "./metrics-page.ts";
import {
  type Bindings,
  checkOrigin,
  cookieJar,
  deviceOf,
  type Http,
  originOf,
  requestAtWork,
  requestIdOf,
  tokenOf,
  type Variables,
} from "./request.ts";
import { createRest } from "./rest.ts";
import { routeOf } from "./route.ts";
import { Streams } from "./streams.ts";
import { router } from "./router.ts";
import type { Context } from "./trpc.ts";
import { type Reach, refusedHost } from "./visitor.ts";

export type Services = {
  db: Database;
  log: Logger;
  demo?: boolean;
  /** Whether letters can be sent: the worker does. */
  mail?: boolean;
  /** How requests reach this process. Default: without a proxy, by names of this machine only. */
  reach?: Reach;
  /** Delays a guess of a password; default: by the clock. */
  wait?: (ms: number) => Promise<void>;
  /** Aborted when the process stops. */
  stopping?: AbortSignal;
};

/** Guesses wait here, without a connection of the database. Where the process stops meanwhile they are refused. */
const untilStopped =
  (signal: AbortSignal) =>
  (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal }).catch(() => {
      throw new DomainError("UNAVAILABLE", "the server is stopping: try again in a few seconds");
    });

/** Everything under /trpc, /api and /docs, and the two health checks; `app.request` tests it without a server. */
export function createApp({
  db,
  log,
  demo = false,
  mail = false,
  reach = { trustProxy: false, secret: newToken() },
  stopping = new AbortController().signal,
  wait = untilStopped(stopping),
}: Services) {
  const app = new Hono<{ Bindings: Bindings; Variables: Variables }>();
  const asked = new WeakMap<Http, Promise<Actor>>();
  const enter = makeDoors();
  const streams = new Streams(db);

  const actorIn = (c: Http): Promise<Actor> => {
    const known = asked.get(c) ?? actorOf(db, c);
    asked.set(c, known);
    return known;
  };
  const contextOf = (c: Http): Context => {
    return {
      db,
      demo,
      mail,
      streams,
      stopping,
      request_id: c.get("request_id"),
      now: new Date(),
      ip: c.get("origin").ip,
      local: c.get("origin").local,
      wait,
      user_agent: c.req.header("user-agent"),
      token: tokenOf(c),
      device: deviceOf(c),
      cookieJar: () => cookieJar(c),
      inputs: c.get("inputs"),
      bytes: () => c.get("share").held(),
      actor: () => actorIn(c),
    };
  };

  const noteFailure = (error: unknown, request_id: string, procedure?: string): void => {
    const { code, status } = problemOf(error, request_id);
    if (status < 500) return;
    log.error({ request_id, code, ...(procedure !== undefined && { procedure }), err: error }, "request failed");
  };

  app.use(async (c, next) => {
    c.set("request_id", requestIdOf(c));
    c.set("origin", originOf(c, reach));
    const began = performance.now();
    await requestAtWork.run(c.get("request_id"), next);
    c.header("x-request-id", c.get("request_id"));
    for (const cookie of c.get("set_cookies") ?? []) c.header("set-cookie", cookie, { append: true });
    const actor = await asked.get(c)?.catch(() => null);
    log.info(
      {
        request_id: c.get("request_id"),
        method: c.req.method,
        route: routeOf(c),
        status: c.res.status,
        ms: Math.round(performance.now() - began),
        ...(actor && { org_id: actor.org_id, actor: actor.kind }),
      },
      "request",
    );
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: "DENY",
      referrerPolicy: "same-origin",
      strictTransportSecurity: false,
      overwrite: false,
    }),
  );
  app.use(async (c, next) => {
    await next();
    if (c.get("origin").protocol === "https") c.header("strict-transport-security", "max-age=31536000");
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  app.use(async (c, next) => {
    // Health checks call by IP address, so the host isn't checked.
    const refused = /^\/(healthz|readyz)$/.test(c.req.path) ? null : refusedHost(c.get("origin"), reach);
    if (refused !== null) throw new HttpProblem("BAD_REQUEST", 421, refused);
    checkOrigin(c);
    await next();
  });

  for (const path of [trpcPath, restPath]) {
    app.use(`${path}/*`, (c, next) => {
      const says = c.req.header("authorization") !== undefined || tokenOf(c) !== undefined;
      const known = says ? actorIn(c) : null;
      return enter(c, known, () => countForKey(db, c, known, next));
    });
  }
  app.use(
    `${trpcPath}/*`,
    async (c, next) => {
      const inputs = await readInputs(c, calledIn(c.req.path), () => actorIn(c));
      if (inputs) c.set("inputs", inputs);
      await next();
    },
    trpcServer({
      endpoint: trpcPath,
      router,
      batching: { enabled: true },
      maxBatchSize: limits.batchCalls,
      createContext: (_options, c) => contextOf(c as unknown as Http) as unknown as Record<string, unknown>,
      responseMeta: ({ errors }) => ({
        headers: new Headers(errors.map(headersOf).flatMap(Object.entries) as [string, string][]),
      }),
      onError: ({ error, path, ctx }) =>
        noteFailure(error, (ctx as Context | undefined)?.request_id ?? requestAtWork.getStore() ?? "unknown", path),
    }),
  );
  app.route(restPath, createRest(contextOf));
  const docsHeaders = { "content-security-policy": docsPolicy, "cache-control": "public, max-age=300" };
  app.get("/docs", async (c) => c.html(await docsPage(), 200, docsHeaders));
  app.get(metricsPath, (c) => c.html(metricsPage(), 200, docsHeaders));
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    const readiness = await checkReadiness(db);
    return c.json(readiness, readiness.ready ? 200 : 503, readiness.ready ? {} : { "retry-after": "5" });
  });

  app.notFound((c) =>
    problemResponse(new HttpProblem("NOT_FOUND", 404, "there is nothing at this path"), c.get("request_id")),
  );
  app.onError((error, c) => {
    noteFailure(error, c.get("request_id"));
    return problemResponse(error, c.get("request_id"));
  });
  return app;
}
