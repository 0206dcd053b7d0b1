import { inspect } from "node:util";
import { TRPCClientError } from "@trpc/client";
import { expect, test, vi } from "vitest";
import { noteError } from "./api.ts";

test("of an error that nobody expected its place and cause are written down, not what was asked or answered", () => {
  const written: string[] = [];
  const to = vi
    .spyOn(console, "error")
    .mockImplementation((...texts) => void written.push(...texts.map((text) => inspect(text))));
  const response = { url: "http://127.0.0.1/trpc/users.list?input=secret" };
  noteError(TRPCClientError.from(new Error("no answer", { cause: new Error("ECONNREFUSED") }), { meta: { response } }));
  to.mockRestore();
  expect(written).toHaveLength(1);
  expect(written[0]).toContain("no answer");
  expect(written[0]).toContain("ECONNREFUSED");
  expect(written[0]).toContain("api.unit.test.ts");
  expect(written[0]).not.toContain("secret");
});
