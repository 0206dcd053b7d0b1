import { inject } from "vitest";

/** Where the stack of this run answers, without a slash at the end. */
export function baseUrl(): string {
  return inject("baseUrl");
}
