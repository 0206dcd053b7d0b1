import { expect, test } from "vitest";
import { DomainError, isRetryable, isUnavailable } from "./errors.ts";

const withCode = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

test("a domain error carries its code, path and cause", () => {
  const cause = new Error("deep");
  const error = new DomainError("CONFLICT", "taken", { path: "slug", cause });
  expect(error).toMatchObject({ name: "DomainError", code: "CONFLICT", message: "taken", path: "slug", cause });
  expect(new DomainError("NOT_FOUND", "no").path).toBeUndefined();
});

test("lost transactions are to be run again", () => {
  expect(["40001", "40P01", "23505", "53300"].map((code) => isRetryable(withCode(code)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("a server that is gone, starting, stopping, full or out of connections is unavailable", () => {
  for (const code of ["08006", "53100", "53200", "53300", "57P01", "57P02", "57P03", "58030"]) {
    expect(isUnavailable(withCode(code)), code).toBe(true);
  }
  for (const code of ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT"])
    expect(isUnavailable(withCode(code, { syscall: "connect" }))).toBe(true);
  expect(isUnavailable(new AggregateError([withCode("ECONNREFUSED", { syscall: "connect" })]))).toBe(true);
  expect(isUnavailable(new Error("Connection terminated unexpectedly"))).toBe(true);
  expect(isUnavailable(new Error("timeout exceeded when trying to connect"))).toBe(true);
});

test("our own faults are not excused as an absent server", () => {
  for (const error of [
    withCode("23505"),
    withCode("42P01"),
    withCode("57014"),
    withCode("ENOENT"),
    new Error("x"),
    null,
    undefined,
    "x",
  ]) {
    expect(isUnavailable(error)).toBe(false);
  }
});
