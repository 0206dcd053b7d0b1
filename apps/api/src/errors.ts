import { TRPCError } from "@trpc/server";
import { type ErrorCode, errorStatus, type FieldError, type Problem } from "@twin/contracts/errors";
import { DomainError, isUnavailable } from "@twin/db/tenancy/errors";
import { ZodError } from "zod";

type TrpcCode = ConstructorParameters<typeof TRPCError>[0]["code"];

const toTrpc: Record<Problem["code"], TrpcCode> = {
  BAD_REQUEST: "BAD_REQUEST",
  UNAUTHORIZED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  TOO_MANY_REQUESTS: "TOO_MANY_REQUESTS",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
  MONTHS_BEING_MADE: "SERVICE_UNAVAILABLE",
  INTERNAL: "INTERNAL_SERVER_ERROR",
};

// Errors of tRPC itself, before a verb is reached.
const ofTrpc: Partial<Record<TrpcCode, [ErrorCode, number, string]>> = {
  PARSE_ERROR: ["BAD_REQUEST", 400, "the body isn't readable JSON"],
  BAD_REQUEST: ["BAD_REQUEST", 400, "the request isn't understood"],
  NOT_FOUND: ["NOT_FOUND", 404, "there is no such procedure"],
  METHOD_NOT_SUPPORTED: ["BAD_REQUEST", 405, "not with this method"],
  UNSUPPORTED_MEDIA_TYPE: ["BAD_REQUEST", 415, "not with this content type"],
  PAYLOAD_TOO_LARGE: ["TOO_LARGE", 413, "the body is too large"],
  CLIENT_CLOSED_REQUEST: ["BAD_REQUEST", 499, "the caller went away"],
};

const titles: Record<Problem["code"], string> = {
  BAD_REQUEST: "Bad input",
  UNAUTHORIZED: "Not signed in",
  FORBIDDEN: "Not allowed",
  NOT_FOUND: "Not found",
  CONFLICT: "Conflict",
  TOO_LARGE: "Too large",
  TOO_MANY_REQUESTS: "Too many requests",
  UNAVAILABLE: "Not available now",
  MONTHS_BEING_MADE: "Not ready yet",
  INTERNAL: "Our fault",
};

/** A refusal before tRPC, with an HTTP status that has no error code of its own. */
export class HttpProblem extends DomainError {
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(code: ErrorCode, status: number, message: string, headers: Record<string, string> = {}) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/** An address without a valid session or key has as many requests at work as it may. */
export class RequestsFull extends HttpProblem {
  readonly retry_after_seconds = 1;
  constructor(most: number) {
    super("TOO_MANY_REQUESTS", 429, `${most} requests from your address are being answered: send it again in a second`);
  }
}

/** A key has sent as many requests as it may in a minute. */
export class KeyExhausted extends HttpProblem {
  readonly retry_after_seconds: number;
  readonly limit: number;
  constructor(limit: number, seconds: number) {
    const many = limit.toLocaleString("en-US");
    super("TOO_MANY_REQUESTS", 429, `this API key sent ${many} requests in a minute: send the next in ${seconds} s`);
    this.retry_after_seconds = seconds;
    this.limit = limit;
  }
}

/** A value that PostgreSQL can't store, such as NUL in a text: a mistake of the caller, found late. */
const isUnstorable = (error: unknown): boolean =>
  /^22(021|P05|P02|007|008|003)$/.test(String((error as { code?: unknown } | null)?.code));
const isTooDeep = (error: unknown): boolean => error instanceof RangeError && error.message.includes("call stack");
/** Cancelled by a time limit of the server. */
const isCancelled = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "57014";

const pathOf = (path: PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    "",
  );

const fieldsOf = (error: ZodError): FieldError[] =>
  error.issues.slice(0, 20).map(({ path, message }) => ({ path: pathOf(path), message }));

type Parts = { code: Problem["code"]; status?: number; detail: string; errors?: FieldError[] };

function partsOf(error: unknown): Parts {
  if (error instanceof TRPCError) {
    const { cause } = error;
    if (cause instanceof ZodError && error.code === "BAD_REQUEST") return partsOf(cause);
    if (cause && !(cause instanceof ZodError) && partsOf(cause).code !== "INTERNAL") return partsOf(cause);
    const [code, status, detail] = ofTrpc[error.code] ?? [];
    return code ? { code, status: status!, detail: detail! } : internal;
  }
  if (error instanceof ZodError) {
    const errors = fieldsOf(error);
    return {
      code: "BAD_REQUEST",
      detail: errors
        .map(({ path, message }) => `${path || "input"}: ${message}`)
        .join("; ")
        .slice(0, 1_000),
      errors,
    };
  }
  if (error instanceof DomainError) {
    const { code, message: detail, path } = error;
    return {
      code,
      detail,
      ...(error instanceof HttpProblem && { status: error.status }),
      ...(path !== undefined && { errors: [{ path, message: detail }] }),
    };
  }
  if (isUnavailable(error) || isCancelled(error))
    return { code: "UNAVAILABLE", detail: "the database doesn't answer now: try again in a few seconds" };
  if (isUnstorable(error))
    return { code: "BAD_REQUEST", detail: "the request holds a value that can't be looked up or stored, such as NUL" };
  if (isTooDeep(error)) return { code: "BAD_REQUEST", detail: "the body is nested too deeply" };
  return internal;
}

const internal: Parts = { code: "INTERNAL", detail: "something went wrong on our side; tell us the request id" };

/** What an error says to the caller: never an internal message, always a request id. */
export function problemOf(error: unknown, request_id: string): Problem {
  const { code, status, detail, errors } = partsOf(error);
  return {
    type: `urn:twin:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: titles[code],
    status: status ?? (code === "INTERNAL" ? 500 : errorStatus[code]),
    detail,
    code,
    request_id,
    ...(errors && { errors }),
  };
}

/** A refusal that says when to try again, and sometimes which limit was exceeded. */
const isForLater = (error: unknown): error is DomainError & { retry_after_seconds: number; limit?: number } =>
  error instanceof DomainError && "retry_after_seconds" in error;

/** Headers of a problem: when to try again, and the limit that was reached. */
export function headersOf(error: unknown): Record<string, string> {
  const cause = error instanceof TRPCError && error.cause ? error.cause : error;
  if (isForLater(cause)) {
    const seconds = String(cause.retry_after_seconds);
    return {
      "retry-after": seconds,
      ...(cause.limit !== undefined && {
        "ratelimit-limit": String(cause.limit),
        "ratelimit-remaining": "0",
        "ratelimit-reset": seconds,
      }),
    };
  }
  if (partsOf(error).code === "UNAVAILABLE") return { "retry-after": "5" };
  if (partsOf(error).code === "UNAUTHORIZED") return { "www-authenticate": "Bearer" };
  return cause instanceof HttpProblem ? cause.headers : {};
}

/** A verb's error as an error of tRPC; the cause is kept for `problemOf`. */
export function trpcErrorOf(error: unknown): TRPCError {
  if (error instanceof TRPCError && !error.cause) return error;
  const cause = error instanceof TRPCError ? error.cause : error;
  const { code } = partsOf(error);
  return new TRPCError({ code: toTrpc[code], cause });
}

/** A problem as the answer to a plain HTTP request. */
export function problemResponse(error: unknown, request_id: string): Response {
  const problem = problemOf(error, request_id);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headersOf(error) },
  });
}
