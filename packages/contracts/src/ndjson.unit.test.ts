import { expect, test } from "vitest";
import { whatIsNoLine, whatIsNoRecord } from "./ndjson.ts";

test("what was sent in the place of a record is named for what it is", () => {
  expect(whatIsNoRecord([{ type: "user" }])).toMatch(/^this is a list of records: send \{"records"/);
  expect(whatIsNoRecord({ records: [] })).toMatch(/^this is a whole batch/);
  expect(whatIsNoRecord("text")).toBe('this is no record but "text"');
  expect(whatIsNoRecord({ type: "user", records: [] })).toBeNull();
  expect(whatIsNoRecord({})).toBeNull();
});

test("so is a line that isn't JSON, where it can be told", () => {
  expect(whatIsNoLine('{"type":"user"},')).toMatch(/comma after the record/);
  for (const line of ["{", "[", '  "type": "user",', '"metadata": {', "}", "},", "]", '{"type": "user",'])
    expect(whatIsNoLine(line), line).toMatch(/over several lines/);
  expect(whatIsNoLine("type=user")).toBeNull();
  expect(whatIsNoLine("")).toBeNull();
});
