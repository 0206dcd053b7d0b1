import { EnvError, parseEnv } from "@twin/db/postgres/env";
import { expect, test } from "vitest";
import { ApiEnv } from "./env.ts";

test("all mistakes are told at once, each with a value that would do", () => {
  const wrong = { PORT: "x", LOG_LEVEL: "loud", DEMO: "yes", TRUST_PROXY: "2" };
  const read = () => parseEnv(ApiEnv, wrong);
  expect(read).toThrow(EnvError);
  for (const part of [
    /DATABASE_URL is missing .*postgres:\/\//,
    /PORT must be a number.*PORT=3000/,
    /LOG_LEVEL must be one of/,
    /DEMO must be 0 or 1/,
    /TRUST_PROXY/,
  ]) {
    expect(read).toThrow(part);
  }
});

test("the defaults are safe: this machine alone, no demonstration, no proxy trusted", () => {
  const env = parseEnv(ApiEnv, { DATABASE_URL: "postgres://a@b/c" });
  expect(env).toMatchObject({
    HOST: "127.0.0.1",
    PORT: 3000,
    DEMO: false,
    TRUST_PROXY: false,
    PREPARE: true,
    LOG_LEVEL: "info",
  });
});
