import { expect, test } from "vitest";
import type { Command } from "./command.ts";
import { helpFor } from "./help.ts";
import { Output } from "./output.ts";
import { readCall } from "./read-call.ts";

const command: Command = {
  name: "feed bird",
  summary: "Feed a bird",
  words: ["BIRD", "FOOD?"],
  flags: {
    cage: { type: "string", value: "NAME", help: "where it lives", required: true },
    gently: { type: "boolean", help: "without noise" },
  },
  run: () => Promise.resolve(0),
};
const read = (...typed: string[]) => readCall(command, ["feed", "bird", ...typed], new Output(false));

test("words and flags come in any order", () => {
  const call = read("--gently", "robin", "--cage=blue", "-");
  expect(call.words).toEqual(["robin", "-"]);
  expect([call.given("cage"), call.isSet("gently")]).toEqual(["blue", true]);
});

test.each([
  [[], "feed bird needs BIRD"],
  [["robin"], "feed bird needs --cage NAME"],
  [["robin", "--cage", ""], "--cage must not be empty"],
  [["robin", "--cage", "a", "b", "c"], 'feed bird has no place for "c"'],
  [["robin", "--loud"], "feed bird has no flag --loud"],
  [["robin", "--cage"], "'--cage <value>' argument missing"],
])("%j is refused", (typed, reason) => {
  expect(() => read(...typed)).toThrow(reason);
});

test("the help's first line shows the call", () => {
  expect(helpFor(command).split("\n")[0]).toBe("./twinctl feed bird BIRD [FOOD] --cage NAME [--gently]");
});
