import { initTRPC } from "@trpc/server";
import type { Actor } from "@twin/db/tenancy/actor";
import type { ErrorShape } from "@twin/contracts";
import type { Database } from "@twin/db/postgres/connect";
import type { Inputs } from "./calls.ts";
import { trpcErrorOf, problemOf } from "./errors.ts";
import type { Streams } from "./streams.ts";
import { type KeepCookies, requestAtWork } from "./request.ts";

/** What a procedure knows of its request. */
export type Context = {
  db: Database;
  /** Whether this is the demonstration, whose logins are shown. */
  demo: boolean;
  /** Whether this server sends letters. */
  mail: boolean;
  request_id: string;
  /** When the request had arrived, with its body. */
  now: Date;
  ip: string | undefined;
  /** Connected from this machine, without a proxy in between. */
  local: boolean;
  /** Delays a guess. @param ms how long */
  wait(ms: number): Promise<void>;
  user_agent: string | undefined;
  /** Inputs from a body, which is read before; absent where they are in the address. */
  inputs?: Inputs | undefined;
  /** How long the request's body is, unpacked. */
  bytes(): number;
  /** The actor, looked up at the first call only. @throws UNAUTHORIZED */
  actor(): Promise<Actor>;
  /** The session token that the browser sent, live or not. */
  token: string | undefined;
  /** The device token that the browser kept from an earlier sign-in. */
  device: string | undefined;
  /** Sets or deletes the browser's session cookie. @throws FORBIDDEN where a cookie wouldn't be safe */
  cookieJar(): KeepCookies;
  /** The streams of this process, with their limits. */
  streams: Streams;
  /** Aborted when the process stops: streams end first. */
  stopping: AbortSignal;
};

/** Read by trpc-to-openapi; `openapi` is absent where a procedure has no path of its own. */
export type Meta = {
  openapi?: { method: "GET" | "POST"; path: `/${string}`; summary?: string; tags?: string[]; contentTypes?: string[] };
};

export const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: 15_000 },
      client: { reconnectAfterInactivityMs: 45_000 },
      // A connection that a proxy or a browser dropped without notice ends, too.
      maxDurationMs: 15 * 60_000,
    },
    errorFormatter({ shape, error, ctx }): ErrorShape {
      const problem = problemOf(error, ctx?.request_id ?? requestAtWork.getStore() ?? "unknown");
      const { code, path } = shape.data;
      return {
        ...shape,
        message: problem.detail,
        data: { code, httpStatus: problem.status, ...(path !== undefined && { path }), problem },
      };
    },
  });

/** Every procedure begins here: any error below becomes one of the closed set. */
export const procedure = t.procedure.use(async ({ ctx: { inputs }, batchIndex, next }) => {
  const result = await (inputs ? next({ getRawInput: async () => inputs(batchIndex) }) : next());
  if (!result.ok) throw trpcErrorOf(result.error);
  return result;
});
