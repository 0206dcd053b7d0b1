import { scrub } from "@twin/db/postgres/log-facts";
import { expect, test } from "vitest";
import { createLog } from "./log.ts";

const key = `twin_${"a".repeat(12)}_${"b".repeat(51)}`;

test("keys, logins, tokens and addresses are taken out of texts", () => {
  const text = scrub(`${key} postgres://twin:secret@db:5432/twin sarah.chen@acme.example twin_session=abc-DEF; path`);
  expect(text).toBe("twin_[key] postgres://[login]@db:5432/twin [address] twin_session=[token]; path");
});

test("what is logged by a telling name is redacted, at any depth that we log", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const secrets = {
    authorization: "s3cret",
    cookie: "s3cret",
    password: "s3cret",
    token: "s3cret",
    key: "s3cret",
    email: "s3cret",
    "set-cookie": "s3cret",
  };
  log.info({ ...secrets, headers: secrets, request: { headers: secrets } }, "hello");
  expect(lines.join()).not.toContain("s3cret");
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", msg: "hello", token: "[redacted]" });
});

test("of an error the database's detail, with a row's values, is left out", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const cause = Object.assign(new Error("duplicate key for sarah.chen@acme.example"), {
    code: "23505",
    detail: "Key (email)=(x-detail)",
    where: "x-where",
  });
  log.error({ err: new Error("failed", { cause }) }, "request failed");
  const { err } = JSON.parse(lines[0]!) as { err: { cause: Record<string, unknown> } };
  expect(err.cause).toMatchObject({ code: "23505", message: "duplicate key for [address]" });
  expect(lines[0]).not.toMatch(/x-detail|x-where|sarah/);
});
