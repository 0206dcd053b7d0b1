import { lastDayOf, nextBucket } from "@twin/contracts/calendar";
import type { RetentionAnswer, RetentionInput } from "@twin/contracts/retention";
import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive } from "../../../test/figures/active-days.ts";
import {
  type ActiveDays,
  engagementOf,
  plus,
  retentionOf,
  withoutIntervals,
} from "../../../test/figures/engagement.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readEngagement } from "../engagement/read.ts";
import { listPeopleBehind } from "../people-behind/behind.ts";
import { readRetention } from "./read.ts";

const database = useDatabase();
const application = useApplication(database);

/** Zones and days that hurt: clocks that change, half-hour offsets, ends of months and years, 29 February. */
const place = fc.constantFrom(
  { zone: "Europe/Berlin", begin: "2025-10-20" },
  { zone: "America/New_York", begin: "2025-12-20" },
  { zone: "Asia/Kolkata", begin: "2024-02-20" },
  { zone: "Australia/Lord_Howe", begin: "2026-03-28" },
);
const length = 75;
const person = fc.array(
  fc.record({
    day: fc.oneof(fc.integer({ min: 0, max: length }), fc.constantFrom(0, 1, 7, 14, 30)),
    hour: fc.integer({ min: 0, max: 23 }),
  }),
  { maxLength: 12 },
);
/** `over`: so many days of it are over, the last of them not yet; often it is the first person's day 1, 7 or 30. */
const history = fc
  .record({
    place,
    people: fc.array(person, { minLength: 1, maxLength: 8 }),
    over: fc.oneof(fc.constant(length), fc.integer({ min: 8, max: length })),
    after: fc.option(fc.constantFrom(1, 7, 30)),
  })
  .map(({ after, ...h }) => {
    const first = Math.min(...h.people[0]!.map(({ day }) => day));
    return after === null || first + after > length ? h : { ...h, over: first + after };
  });

const question = fc.record({
  first: fc.integer({ min: 0, max: length }),
  days: fc.integer({ min: 0, max: 40 }),
  periods: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  until: fc.option(fc.integer({ min: 0, max: length }), { nil: undefined }),
});

const intervals = ["day", "week", "month"] as const;
const modes = ["first", "recurring"] as const;
const matches = ["on", "on_or_after"] as const;

/** The instant of an hour of a local day, found by asking the calendar of the zone. */
function instantOf(day: string, hour: number, zone: string): { at: string; day: string } {
  const at = new Date(Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000);
  return { at: at.toISOString(), day: new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at) };
}

/** Query 6 of the source over `user_retention`: whoever can't have come back yet counts as lost. */
async function sourceRates(org_id: number, answer: RetentionAnswer, after: string): Promise<(number | null)[]> {
  const rate = (days: number) => `avg(case when day_${days}_active then 1.0 else 0 end)::float8`;
  const { rows } = await database.pool.query({
    text: `select ${[1, 7, 30].map(rate).join(", ")} from user_retention
      where org_id = $1 and cohort_date >= $2 and cohort_date < $3`,
    values: [org_id, answer.cohorts[0]!.cohort, after],
    rowMode: "array",
  });
  return rows[0] as (number | null)[];
}

/** Behind an average are the people of its cohorts, each once; who came back of which, as the cells say. */
async function expectBehindAverage(
  reader: Actor,
  answer: RetentionAnswer,
  { period, retained, eligible }: RetentionAnswer["average"][number],
  { today, start_date, period: cohort_period, mode, match, until }: Average,
  now: Date,
): Promise<void> {
  const counted = answer.cohorts.filter(({ cells }) => cells[period]?.complete);
  if (counted.length === 0) return;
  // A cohort whose cell isn't complete may be asked for along: it counts for nothing.
  const next = answer.cohorts[counted.length];
  const lastDay = lastDayOf((next?.cells[period] ? next : counted.at(-1)!).cohort, cohort_period);
  const end_date = lastDay < today ? lastDay : today;
  const list = (input: object) =>
    listPeopleBehind(
      application.db,
      reader,
      { who: "active", sort: "created_at", limit: 200, mode, match, until, ...input },
      now,
    );
  const asked = { start_date, end_date, cohort_period, after: period };
  const [back, all] = [await list({ ...asked, who: "back" }), await list({ ...asked, who: "first" })];
  expect([back.people.length, all.people.length]).toEqual([back.total, all.total]);
  if (mode === "first") {
    expect([back.total, all.total]).toEqual([retained, eligible]);
    return;
  }
  const behindCells = new Set<string>();
  for (const { cohort, cells } of cohort_period === "day" ? [] : counted)
    if (cells[period]!.retained > 0)
      for (const { id } of (await list({ cohort, cohort_period, cell: period })).people) behindCells.add(id);
  if (cohort_period !== "day") expect(back.people.map(({ id }) => id).sort()).toEqual([...behindCells].sort());
  expect(back.total).toBeLessThanOrEqual(retained);
}
type Average = Pick<RetentionInput, "mode" | "match" | "until" | "period"> & { start_date: string; today: string };

test(
  "engagement and retention of random histories are those of a plain count, in every mode",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.array(question, { minLength: 3, maxLength: 3 }), async (h, questions) => {
        const { zone, begin } = h.place;
        const starts = h.people.map((all) => all.map(({ day, hour }) => instantOf(plus(begin, day), hour, zone)));
        const now = new Date(Date.parse(`${plus(begin, h.over)}T12:00:00Z`));
        const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(now);
        const past = starts.map((all) => all.filter(({ at }) => at <= now.toISOString()));
        const people: ActiveDays = past.map((all) => [...new Set(all.map(({ day }) => day))]);
        const { reader } = await makeActive(
          application.db,
          Object.fromEntries(past.map((all, index) => [`p${index}`, [...new Set(all.map(({ at }) => at))]])),
          { zone, now },
        );
        for (const { first, days, periods, until } of questions) {
          const start_date = plus(begin, first) < today ? plus(begin, first) : today;
          const end_date = plus(start_date, days) < today ? plus(start_date, days) : today;
          for (const interval of intervals) {
            const engagement = await readEngagement(application.db, reader, { start_date, end_date, interval }, now);
            expect(engagement).toEqual({
              timezone: zone,
              as_of: engagement.as_of,
              not_applied: [],
              ...engagementOf(people, start_date, end_date, interval, today),
            });
            for (const mode of modes) {
              for (const match of matches) {
                const limit =
                  until === undefined ? undefined : plus(begin, until) < start_date ? start_date : plus(begin, until);
                const asked = { period: interval, mode, match, periods, until: limit && limit > today ? today : limit };
                const answer = await readRetention(application.db, reader, { start_date, end_date, ...asked }, now);
                expect(withoutIntervals(answer)).toEqual(
                  retentionOf(people, { first: start_date, last: end_date, ...asked }, today),
                );
                const rates = await sourceRates(
                  reader.org_id,
                  answer,
                  nextBucket(answer.cohorts.at(-1)!.cohort, interval),
                );
                const all = [answer.day_1, answer.day_7, answer.day_30].map(({ rate_all }) => rate_all);
                all.forEach((one, at) =>
                  one === null ? expect(rates[at]).toBeNull() : expect(one).toBeCloseTo(rates[at]!, 12),
                );
                // And behind every number are as many people.
                const { cohort, cells } = answer.cohorts[days % answer.cohorts.length]!;
                const cell = cells[first % cells.length]!;
                const behind = await listPeopleBehind(
                  application.db,
                  reader,
                  {
                    who: "active",
                    sort: "created_at",
                    limit: 200,
                    cohort,
                    cohort_period: interval,
                    cell: cell.period,
                    mode,
                    match,
                    until: asked.until,
                  },
                  now,
                );
                expect(behind).toMatchObject({ total: cell.retained, deleted: 0 });
                expect(behind.people).toHaveLength(cell.retained);
                const average = answer.average[1 + ((first + days) % answer.average.length)];
                if (average) await expectBehindAverage(reader, answer, average, { ...asked, start_date, today }, now);
              }
            }
          }
        }
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 8) },
    );
  },
);
