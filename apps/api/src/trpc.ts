import { initTRPC } from "@trpc/server";
import type { Actor } from "@twin/db/tenancy/actor";
import type { ErrorShape } from "@twin/contracts";
import type { Database } from "@twin/db/postgres/connect";
import type { Inputs } from "./calls.ts";
import { trpcErrorOf, problemOf } from "./errors.ts";
import type { Streams } from "./streams.ts";
import { type KeepCookies, requestAtWork } from "./request.ts";

/** What a procedure gets to know of its request. */
export type Context = {
  db: Database;
  /** Whether this is the demonstration, whose sign-ins are shown. */
  demo: boolean;
  request_id: string;
  /** When the request was there, with its body. */
  now: Date;
  ip: string | undefined;
  /** From this very machine, with nothing in between. */
  local: boolean;
  /** Lets a guess wait. @param ms how long */
  wait(ms: number): Promise<void>;
  user_agent: string | undefined;
  /** The inputs that came in a body, which is read before; absent where they stand in the address. */
  inputs?: Inputs | undefined;
  /** Who asks, read at the first question and once. @throws UNAUTHORIZED */
  actor(): Promise<Actor>;
  /** The token that the browser came with, live or not. */
  token: string | undefined;
  /** What the browser kept of signing in before. */
  device: string | undefined;
  /** The way to give the browser a session, or take it away. @throws FORBIDDEN where no cookie could be kept safe */
  cookieJar(): KeepCookies;
  /** Who listens, and whether they still may. */
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
      // What a proxy or a browser has lost without a word ends too.
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

/** Every procedure begins here: whatever is thrown below becomes one of the closed set of errors. */
export const procedure = t.procedure.use(async ({ ctx: { inputs }, batchIndex, next }) => {
  const result = await (inputs ? next({ getRawInput: async () => inputs(batchIndex) }) : next());
  if (!result.ok) throw trpcErrorOf(result.error);
  return result;
});
