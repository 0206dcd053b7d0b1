import { DomainError, isUnavailable } from "@twin/db/tenancy/errors";

/** One sentence about an error that ended a command; an error of the program itself is printed with its stack. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DomainError)
    return isBadRequest(error) && error.path ? `${error.path}: ${error.message}` : error.message;
  if (isUnavailable(error)) return `The database can't be reached: ${(error as Error).message || "it doesn't answer"}.`;
  if (error instanceof TypeError || error instanceof RangeError) return error.stack ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Whether the error is a mistake in what was typed, as the database's verbs judge it. */
export const isBadRequest = (error: unknown): boolean => error instanceof DomainError && error.code === "BAD_REQUEST";
