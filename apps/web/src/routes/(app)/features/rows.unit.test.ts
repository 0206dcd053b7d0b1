import { expect, test } from "vitest";
import { rangeOf } from "#lib/range.ts";
import { csvRows, featureRows } from "./rows.ts";

const used = (feature_name: string, days: number[]) => ({
  feature_name,
  total_usage: days.reduce((sum, uses) => sum + uses, 0),
  share: 0.5,
  users: 2,
  adoption: 0.25,
  days,
});
const changes = (rows: ReturnType<typeof featureRows>) =>
  rows.map(({ feature_name, change }) => [feature_name, change]);

test("today is left out of both sides, what nobody used keeps its row", () => {
  const range = rangeOf(new URLSearchParams("range=7d"), "2026-11-22");
  const rows = featureRows(
    [used("info_retrieved", [1, 1, 1, 1, 1, 1, 9])],
    [used("info_retrieved", [2, 2, 2, 2, 2, 2, 7]), used("calendar_lookup", [0, 3, 0, 0, 0, 0, 0])],
    range,
  );
  expect(changes(rows)).toEqual([
    ["info_retrieved", { now: 6, before: 12 }],
    ["question_asked", { now: 0, before: 0 }],
    ["document_drafted", { now: 0, before: 0 }],
    ["shared_interaction", { now: 0, before: 0 }],
    ["calendar_lookup", { now: 0, before: 3 }],
  ]);
  expect(rows.at(-1)).toMatchObject({ counted: "named by a sender", total_usage: 0, share: null, adoption: null });
});

test("a range that has ended counts whole; without comparison there is none", () => {
  const range = rangeOf(new URLSearchParams("range=last-month"), "2026-11-22");
  const now = [used("info_retrieved", [4, 5])];
  expect(featureRows(now, now, range)[0]!.change).toEqual({ now: 9, before: 9 });
  expect(featureRows(now, null, range)[0]!.change).toBeNull();
});

test("the file has a line a feature", () => {
  const range = rangeOf(new URLSearchParams("range=last-month"), "2026-11-22");
  const now = [used("info_retrieved", [4, 5])];
  expect(csvRows(featureRows(now, now, range))[1]).toEqual(["info_retrieved", "9", "0.5000", "9", "9", "2", "0.2500"]);
});
