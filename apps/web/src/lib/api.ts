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
  address(): string;
  /** "http:" or "https:", as the visitor's browser sees it; the session's cookie depends on it. */
  protocol: string;
  keepCookie(cookie: string): void;
};

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
        headers: () => ({
          cookie: caller.cookie,
          // Kit has checked where the form came from; the API checks its own callers by the same rule.
          origin: `${caller.protocol}//${new URL(origin()).host}`,
          "x-forwarded-proto": caller.protocol.slice(0, -1),
          "user-agent": caller.userAgent,
          "x-forwarded-for": caller.address(),
        }),
        fetch: async (url, init) => {
          const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) } as RequestInit);
          response.headers.getSetCookie().forEach(caller.keepCookie);
          return response;
        },
      }),
    ],
  });

/** The API speaks in clauses; a page in sentences. */
const sentence = (text: string) =>
  text ? text[0]!.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "The server gave no reason.";

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
  if (error instanceof TRPCClientError && error.data?.code)
    return { code: error.data.code, message: sentence(error.message), request_id: null, known: true };
  return { code: "INTERNAL", message: "The server did not answer.", request_id: null, known: false };
}

/** Waits for one card's value; an error stays with that card. */
export const settle = <T>(promise: Promise<T>): Promise<Answer<T>> =>
  promise.then(
    (value) => ({ ok: true as const, value }),
    (error: unknown) => {
      const trouble = answerOf(error);
      if (!trouble.known) console.error(error);
      return { ok: false as const, trouble };
    },
  );
