import type { AppRouter } from "@twin/contracts";
import type { Problem } from "@twin/contracts/errors";
import { trpcPath } from "@twin/contracts/wire";
import { createTRPCClient, httpBatchLink, TRPCClientError } from "@trpc/client";

export type Client = ReturnType<typeof createTRPCClient<AppRouter>>;

export type Trouble = Pick<Problem, "code" | "errors"> & {
  message: string;
  request_id: string | null;
  /** False: nothing that the API says by contract, so it belongs into the log. */
  known: boolean;
};

/** What a card shows: its value, or what went wrong with it alone. */
export type Answer<T> = { ok: true; value: T } | { ok: false; trouble: Trouble };

type Caller = {
  cookie: string;
  userAgent: string;
  /** Who they are, sealed by the process that serves both: the API believes nobody else. */
  visitor: string | null;
  /** Of the page that they opened; Kit has checked that forms come from it, and the API checks again. */
  origin: string;
  keepCookie(cookie: string): void;
};

/** The other end closed a kept connection in the moment in which it was used again: what only reads is asked anew. */
const isCut = (error: unknown): boolean =>
  /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(String((error as { cause?: { code?: unknown } }).cause?.code));

const origin = () => process.env.API_ORIGIN ?? `http://127.0.0.1:${process.env.PORT ?? 3000}`;

/**
 * The API as one request sees it. The server calls by absolute origin, because Kit would resolve a path of its own origin
 * inside Kit, where the API isn't.
 */
export const clientFor = (caller: Caller): Client =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: origin() + trpcPath,
        maxItems: 10,
        // An address and its headers have 16 kB together: what is longer is asked in several.
        maxURLLength: 10_000,
        headers: () => ({
          cookie: caller.cookie,
          // Without the process that says who the visitor is (in development) the API sees this server itself.
          origin: caller.visitor === null ? origin() : caller.origin,
          "user-agent": caller.userAgent.slice(0, 500),
          // The page that holds the answer is compressed; between the two of us it would be work for nothing.
          "accept-encoding": "identity",
          ...(caller.visitor !== null && { "x-dashboard-visitor": caller.visitor }),
        }),
        fetch: async (url, init) => {
          // Who asked may give up before.
          const ends = [AbortSignal.timeout(45_000), ...(init?.signal ? [init.signal as AbortSignal] : [])];
          const ask = () => fetch(url, { ...init, signal: AbortSignal.any(ends) } as RequestInit);
          const response = await ask().catch((error: unknown) => {
            if (init?.method === "GET" && isCut(error)) return ask();
            throw error;
          });
          response.headers.getSetCookie().forEach(caller.keepCookie);
          return response;
        },
      }),
    ],
  });

const statuses: Record<string, number> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
};
/** The HTTP status of a page's answer where the API refused: what the visitor did keeps its own, the rest is our trouble. */
export const statusOf = (code: string): number => statuses[code] ?? 503;

/** The API speaks in clauses; a page in sentences. */
const sentence = (text: string) =>
  text ? text[0]!.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "The server gave no reason.";

/** More was asked than an address or a header can hold. */
const isTooLong = ({ message, meta }: TRPCClientError<AppRouter>): boolean =>
  message === "Input is too big for a single dispatch" || (meta?.["response"] as Response | undefined)?.status === 431;

/** What an error says to a reader. */
export function answerOf(error: unknown): Trouble {
  const problem = error instanceof TRPCClientError ? (error.data?.problem as Problem | undefined) : undefined;
  if (problem)
    return {
      code: problem.code,
      message: sentence(problem.detail),
      request_id: problem.request_id,
      errors: problem.errors,
      known: true,
    };
  if (error instanceof TRPCClientError && isTooLong(error))
    return { code: "TOO_LARGE", message: "This address is too long.", request_id: null, known: true };
  if (error instanceof TRPCClientError && error.data?.code)
    return { code: error.data.code, message: sentence(error.message), request_id: null, known: true };
  return { code: "INTERNAL", message: "The server did not answer.", request_id: null, known: false };
}

/** Writes down an error that nobody expected: where it came from, not what was asked or answered, which may name people. */
export function noteError(error: unknown): void {
  const stacks: string[] = [];
  for (let at = error; at !== undefined && stacks.length < 5; at = at instanceof Error ? at.cause : undefined)
    stacks.push(at instanceof Error ? (at.stack ?? at.message) : String(at));
  console.error(stacks.join("\ncaused by "));
}

/** Waits for one card's value; an error stays with that card. */
export const settle = <T>(promise: Promise<T>): Promise<Answer<T>> =>
  promise.then(
    (value) => ({ ok: true as const, value }),
    (error: unknown) => {
      const trouble = answerOf(error);
      if (!trouble.known) noteError(error);
      return { ok: false as const, trouble };
    },
  );
