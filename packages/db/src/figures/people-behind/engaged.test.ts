import { addDays, bucketOf, type Interval, intervals, lastDayOf } from "@twin/contracts/calendar";
import { EngagementInput } from "@twin/contracts/engagement";
import { PeopleInput } from "@twin/contracts/people";
import { type LifecycleStage, lifecycleStages } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive } from "../../../test/figures/active-days.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readEngagement } from "../engagement/read.ts";
import { listPeopleBehind } from "./behind.ts";

const application = useApplication(useDatabase());
const now = new Date("2026-03-20T12:00:00Z");
const range = { start_date: "2026-02-10", end_date: "2026-03-20" };
let reader: Actor;

/** Person i is active on every day of 80 whose number i and a few shifts divide, so that all come, stay, rest and leave. */
const begin = "2026-01-01";
const isActive = (person: number, day: number) =>
  (day + person) % (2 + (person % 9)) === 0 && day % 30 > person % 13 && (person % 4 !== 3 || day < 55);
const history: Record<string, string[]> = Object.fromEntries(
  Array.from({ length: 36 }, (_, person) => [
    `p${person}`,
    Array.from({ length: 79 }, (_, day) => day)
      .filter((day) => isActive(person, day))
      .map((day) => addDays(begin, day)),
  ]),
);

beforeAll(async () => {
  ({ reader } = await makeActive(application.db, history, { now }));
});

const behind = async (input: object) => {
  const { total, people } = await listPeopleBehind(
    application.db,
    reader,
    PeopleInput.parse({ limit: 200, ...input }),
    now,
  );
  return { total, names: people.map(({ name }) => name).toSorted() };
};
const who = (passes: (days: string[]) => boolean) => {
  const names = Object.keys(history).filter((name) => passes(history[name]!));
  return { total: names.length, names: names.toSorted() };
};

test.for(intervals)("behind each number of active %ss are exactly those people", async (interval) => {
  const input = EngagementInput.parse({ ...range, interval });
  const { active_days } = await readEngagement(application.db, reader, input, now);
  expect(active_days.length).toBeGreaterThan(1);
  const periodsOf = (days: string[]) =>
    new Set(
      days.filter((day) => day >= range.start_date && day <= range.end_date).map((day) => bucketOf(day, interval)),
    ).size;
  for (let periods = 1; periods <= 42; periods += periods > 12 ? 7 : 1) {
    const found = await behind({ ...range, who: "often", interval, periods });
    expect(found).toEqual(who((days) => periodsOf(days) === periods));
    expect(found.total).toBe(active_days.find(({ days }) => days === periods)?.users ?? 0);
  }
});

test.for(["week", "month"] as const)("behind each stage of a %s are exactly those people", async (interval) => {
  const { lifecycle } = await readEngagement(
    application.db,
    reader,
    EngagementInput.parse({ ...range, interval }),
    now,
  );
  expect(lifecycle.at(-1)).toMatchObject({ complete: false });
  for (const period of lifecycle) {
    const days = { start_date: period.date, end_date: lastDayOf(period.date, interval) };
    if (days.end_date > "2026-03-20") days.end_date = "2026-03-20";
    for (const stage of lifecycleStages) {
      const found = await behind({ ...days, who: "lifecycle", interval, stage });
      expect([period.date, stage, found]).toEqual([period.date, stage, who(isAt(stage, period.date, interval))]);
      expect(found.total).toBe(Math.abs(period[stage]));
    }
  }
});

/** Stages as a person would tell them, from the days of one person. */
function isAt(stage: LifecycleStage, start: string, interval: Interval): (days: string[]) => boolean {
  const before = bucketOf(addDays(start, -1), interval);
  const within = (days: string[], first: string) => days.some((day) => bucketOf(day, interval) === first);
  return (days) => {
    const [now, then, ever] = [within(days, start), within(days, before), days.some((day) => day < start)];
    return { new: now && !ever, returning: now && then, resurrecting: now && !then && ever, dormant: then && !now }[
      stage
    ];
  };
}
