import { expect, test } from "vitest";
import { changeOf, changeText } from "@twin/wording/change";
import { rangeOf } from "#lib/range-of.ts";
import { featureCsvRows, featureRows } from "./rows.ts";

const used = (feature_name: string, days: number[]) => ({
  feature_name,
  total_usage: days.reduce((sum, uses) => sum + uses, 0),
  share: 0.5,
  users: 2,
  adoption: 0.25,
  days,
});
const changes = (rows: ReturnType<typeof featureRows>) =>
  rows.map(({ feature_name, compared }) => [feature_name, compared?.now?.value ?? null, compared?.before.value]);

test("today is left out of both sides, what nobody used keeps its row", () => {
  const range = rangeOf(new URLSearchParams("range=7d"), "2026-11-22");
  const rows = featureRows(
    [used("info_retrieved", [1, 1, 1, 1, 1, 1, 9])],
    [used("info_retrieved", [2, 2, 2, 2, 2, 2, 7]), used("calendar_lookup", [0, 3, 0, 0, 0, 0, 0])],
    range,
  );
  expect(changes(rows)).toEqual([
    ["info_retrieved", 6, 12],
    ["question_asked", 0, 0],
    ["document_drafted", 0, 0],
    ["shared_interaction", 0, 0],
    ["calendar_lookup", 0, 3],
  ]);
  expect(rows.at(-1)).toMatchObject({ counted: "named by a sender", total_usage: 0, share: null, adoption: null });
});

test("today alone has no finished day", () => {
  const range = rangeOf(new URLSearchParams("range=today"), "2026-11-22");
  const rows = featureRows([used("info_retrieved", [4])], [used("info_retrieved", [10])], range);
  expect(changeText(changeOf(rows[0]!.compared!))).toBe("today so far");
});

test("a range that has ended counts whole; without comparison there is none", () => {
  const range = rangeOf(new URLSearchParams("range=last-month"), "2026-11-22");
  const now = [used("info_retrieved", [4, 5])];
  expect(changeText(changeOf(featureRows(now, now, range)[0]!.compared!))).toBe("same, was 9");
  expect(featureRows(now, null, range)[0]!.compared).toBeNull();
});

test("the file has a line a feature, with the exact numbers and the days of both sides", () => {
  const range = rangeOf(new URLSearchParams("range=7d"), "2026-11-22");
  const days = { start: "2026-11-09", end: "2026-11-14" };
  const third = { ...used("info_retrieved", [4, 5]), share: 1 / 3 };
  const rows = featureCsvRows(featureRows([third], [used("info_retrieved", [3, 1])], range), days);
  expect(Object.fromEntries(rows[0]!.map((name, at) => [name, rows[1]![at]]))).toEqual({
    feature: "info_retrieved",
    uses: "9",
    share: String(1 / 3),
    users: "2",
    adoption: "0.25",
    finished: "4",
    previous_start_date: "2026-11-09",
    previous_end_date: "2026-11-14",
    previous: "3",
    change: String(4 / 3 - 1),
  });
});
