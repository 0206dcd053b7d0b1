import { DomainError, isUnavailable } from "@twin/db/errors";

/** One sentence for whatever ended a command; only for what nobody foresaw it carries the stack. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DomainError) return error.path ? `${error.path}: ${error.message}` : error.message;
  if (isUnavailable(error)) return `The database can't be reached: ${(error as Error).message || "it doesn't answer"}.`;
  if (error instanceof Error && error.name !== "Error") return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Whether what was typed is wrong, as the database's verbs judge it. */
export const isBadRequest = (error: unknown): boolean => error instanceof DomainError && error.code === "BAD_REQUEST";
