import { bucketOf } from "@twin/contracts/calendar";
import { PeopleInput } from "@twin/contracts/people";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive } from "../../../test/figures/active-days.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readRetention } from "../retention/read.ts";
import { listPeopleBehind } from "./behind.ts";

const application = useApplication(useDatabase());
const now = new Date("2026-03-20T12:00:00Z");
let reader: Actor;

beforeAll(async () => {
  // Person i comes first on the i-th of some days, and again after 1, 7 and 30 days as i says.
  const day = (at: number) => new Date(Date.parse("2026-01-05T00:00:00Z") + at * 86_400_000).toISOString().slice(0, 10);
  const starts = Array.from({ length: 40 }, (_, i) => [
    `p${i}`,
    [0, ...[1, 7, 30].filter((_, bit) => (i >> bit) & 1)]
      .map((after) => day(((i * 7) % 74) + after))
      .filter((one) => one <= "2026-03-20"),
  ]);
  ({ reader } = await makeActive(application.db, Object.fromEntries(starts), { zone: "Europe/Berlin", now }));
});

const behind = (input: object) =>
  listPeopleBehind(application.db, reader, PeopleInput.parse({ limit: 200, ...input }), now);

test.for([
  { start_date: "2026-01-05", end_date: "2026-03-20" },
  { start_date: "2026-02-17", end_date: "2026-02-17" },
  { start_date: "2026-03-01", end_date: "2026-03-20" },
])("behind the day-1, -7 and -30 figures of $start_date to $end_date are exactly those people", async (range) => {
  const figures = await readRetention(
    application.db,
    reader,
    { ...range, period: "day", mode: "first", match: "on" },
    now,
  );
  for (const [after, { retained, eligible }] of [
    [1, figures.day_1],
    [7, figures.day_7],
    [30, figures.day_30],
  ] as const) {
    const [back, all] = [
      await behind({ ...range, who: "back", after }),
      await behind({ ...range, who: "first", after }),
    ];
    expect([back.total, back.people.length, all.total, all.people.length]).toEqual([
      retained,
      retained,
      eligible,
      eligible,
    ]);
    const names = all.people.map(({ id }) => id);
    expect(back.people.every(({ id }) => names.includes(id))).toBe(true);
  }
  const newcomers = figures.cohorts.reduce((sum, { size }) => sum + size, 0);
  expect((await behind({ ...range, who: "first" })).total).toBe(newcomers);
});

test("who is asked for in part is refused, naming what is missing or too much", () => {
  const range = { start_date: "2026-01-05", end_date: "2026-03-20" };
  const paths = (input: object) =>
    PeopleInput.safeParse({ ...range, ...input }).error?.issues.map(({ path }) => path.join("."));
  expect(paths({ who: "back" })).toEqual(["after"]);
  expect(paths({ who: "first", after: 7 })).toBeUndefined();
  expect(paths({ who: "first", after: 0 })).toEqual(["after"]);
  expect(paths({ who: "active", after: 1, feature: "x" })).toEqual(["feature", "after"]);
  expect(paths({ who: "together" })).toEqual(["used"]);
  expect(paths({ who: "together", used: "a,b", platform: "web" })).toBeUndefined();
  expect(paths({ who: "asked", platform: "web", twin: "t1" })).toBeUndefined();
  expect(paths({ who: "adopted" })).toEqual(["feature"]);
  expect(paths({ cohort: bucketOf("2026-01-07", "week"), cohort_period: "week", cell: 1 })).toEqual([
    "start_date",
    "end_date",
  ]);
});
