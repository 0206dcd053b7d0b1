import type { ErrorCode } from "@twin/contracts/errors";

/**
 * The refusal of a verb: one of a closed set of codes, and a sentence for the caller. Any other error is a fault of the
 * server, and its message is never shown.
 */
export class DomainError extends Error {
  override name = "DomainError";
  readonly code: ErrorCode;
  /** The field of the input that is wrong, where it is one. */
  readonly path?: string;

  constructor(code: ErrorCode, message: string, options: { path?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.path !== undefined) this.path = options.path;
  }
}

/** A request of a member or service takes longer than it may: its transaction is rolled back. */
export class OutOfTime extends DomainError {
  constructor(options: { cause?: unknown } = {}) {
    super(
      "UNAVAILABLE",
      "this takes longer than 10 seconds and was stopped: ask for fewer days or rows, send smaller batches, or try again when less is going on",
      options,
    );
  }
}

/** SQLSTATEs of a transaction that was rolled back because of another one, and may be run again. */
const LOST = new Set(["40001", "40P01"]);

/** SQLSTATE classes and codes of a server that can't serve now: lost, starting, stopping, full, or out of connections. */
const AWAY = /^(08...|53...|57P0[1-5]|58030)$/;
const AWAY_NODE = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "ENOENT"]);
/** The driver has no code for these. */
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** True for a serialization failure or a deadlock. */
export function isRetryable(error: unknown): boolean {
  return LOST.has(codeOf(error));
}

/**
 * True when the database is unreachable, full or has no connection left: ask again later (503), nothing is wrong with the
 * request.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isUnavailable);
  const code = codeOf(error);
  if (code) return AWAY.test(code) || (AWAY_NODE.has(code) && "syscall" in (error as object));
  return error instanceof Error && AWAY_TEXT.test(error.message);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}
