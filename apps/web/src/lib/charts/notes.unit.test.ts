import { expect, test } from "vitest";
import { type Note, notedOf, notesAt, notesInWords } from "./notes.ts";

const note = (day: string, text: string): Note => ({
  id: text,
  day,
  text,
  created_by: "Ann",
  created_at: "2026-03-05T09:00:00Z",
});
const weeks = [
  { index: 0, start: "2026-03-02", end: "2026-03-08" },
  { index: 1, start: "2026-03-09", end: "2026-03-15" },
  { index: 2, start: "2026-03-16", end: "2026-03-18" },
];
// As they are listed: the newest first.
const notes = [note("2026-03-19", "after"), note("2026-03-08", "second"), note("2026-03-02", "first")];

test("notes stand at the bucket that holds their day, the earlier first, and one beyond the range nowhere", () => {
  const noted = notedOf(weeks, notes);
  expect(noted.map(({ index, notes: at }) => [index, at.map(({ text }) => text)])).toEqual([[0, ["first", "second"]]]);
  expect([notesAt(noted, 0), notesAt(noted, 1)]).toEqual(["first; second", ""]);
  expect(notesInWords(noted)).toBe("Mon 2 Mar 2026: first. Sun 8 Mar 2026: second");
});
