import { addDays, intervals } from "@twin/contracts/calendar";
import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { readerOf } from "../../test/figures/active-days.ts";
import { deliver, delivery, isSettled } from "../../test/figures/deliver.ts";
import { type ActiveDays, engagementOf, retentionOf, withoutIntervals } from "../../test/figures/engagement.ts";
import { afterAll, type History, history } from "../../test/figures/history.ts";
import { localTimeOf } from "../../test/figures/local-time.ts";
import { type Figures, figuresOf } from "../../test/figures/reference.ts";
import { storedFigures } from "../../test/figures/stored.ts";
import { storedSums, sumsOf } from "../../test/figures/sums.ts";
import { useApplication } from "../../test/ingesting.ts";
import { readEngagement } from "./engagement/read.ts";
import { readRetention } from "./retention/read.ts";

const test_ = useDatabase();
const application = useApplication(test_);

const question = fc.record({
  from: fc.integer({ min: -2, max: 33 }),
  days: fc.integer({ min: 0, max: 33 }),
  period: fc.constantFrom(...intervals),
  mode: fc.constantFrom("first" as const, "recurring" as const),
  match: fc.constantFrom("on" as const, "on_or_after" as const),
});
type Question = typeof question extends fc.Arbitrary<infer Q> ? Q : never;

/** Everything that is stored is what a plain recount makes of the history, column by column, and `verify` finds nothing. */
async function expectRecount(org_id: number, h: History, now: Date): Promise<Figures> {
  const { sessionOf: _sessionOf, ...stored } = await storedFigures(test_.pool, org_id);
  const figures = figuresOf(h, { now, days: Object.keys(stored.daily) });
  const { sessionOf: _expectedOf, ...expected } = figures;
  expect(stored).toEqual(expected);
  expect(await storedSums(test_.pool, org_id)).toEqual(sumsOf(figures));
  expect(await differences(application.db, org_id, now)).toEqual([]);
  return figures;
}

/** What is answered about cohorts and engagement is counted from the days on which people were active. */
async function expectAnswers(org_id: number, h: History, figures: Figures, now: Date, asked: Question): Promise<void> {
  const local = localTimeOf(h.zone);
  const today = local(now.getTime()).day;
  const least = (day: string) => (day < today ? day : today);
  const first = least(addDays(local(Date.parse(h.begin)).day, asked.from));
  const last = least(addDays(first, asked.days));
  const daysOf = (user: number) =>
    Object.entries(figures.sets).flatMap(([key, set]) =>
      key.startsWith("active ") && set.includes(user) ? [key.split(" ")[1]!] : [],
    );
  const people: ActiveDays = h.people.map((_, user) => daysOf(user));
  const range = { start_date: first, end_date: last };
  const { from: _from, days: _days, ...how } = asked;
  const retention = await readRetention(application.db, readerOf(org_id), { ...range, ...how }, now);
  expect(withoutIntervals(retention)).toEqual(retentionOf(people, { first, last, ...how }, today));
  const { period: interval } = asked;
  const engagement = await readEngagement(application.db, readerOf(org_id), { ...range, interval }, now);
  expect(engagement).toMatchObject(engagementOf(people, first, last, interval, today));
}

test(
  "late, shuffled, split and repeated records end in the figures of a plain recount, in the middle of them too",
  { timeout: 120_000 },
  async () => {
    const minute = fc.option(fc.integer({ min: 0, max: 9 * 288 }).map((n) => n * 5));
    await fc.assert(
      fc.asyncProperty(history.filter(isSettled), delivery, minute, question, async (h, how, at, asked) => {
        const look = async (org_id: number, known: History, now: Date) => {
          const figures = await expectRecount(org_id, known, now);
          await expectAnswers(org_id, known, figures, now, asked);
        };
        const org_id = await deliver(application.db, h, how, at === null ? undefined : { minute: at, look });
        const figures = await expectRecount(org_id, h, afterAll(h));
        expect((await storedFigures(test_.pool, org_id)).sessionOf).toEqual(figures.sessionOf);
        await expectAnswers(org_id, h, figures, afterAll(h), asked);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 20), interruptAfterTimeLimit: 90_000, endOnFailure: true },
    );
  },
);
