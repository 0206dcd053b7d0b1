import type { TwinAnswer } from "@twin/contracts/twins";
import { bucketOf } from "@twin/contracts/calendar";
import type { Compared, Side } from "@twin/wording/change";
import { count, dayOf, percent, plainDay } from "@twin/wording/format";
import { chartBucketOf, type Days, type Figure, figureOf, nameOf, type Point } from "#lib/charts/figures.ts";
import { activitiesLink, anyType, type Query } from "#lib/links.ts";
import { exactParams } from "#lib/range.ts";

type Answers = { start_date: string; end_date: string; yes: number; no: number };

/** How answers are drawn. */
export const helpful: Figure = figureOf("helpful");

/** A share of answers, and of how many. */
export const shareOf = ({ yes, no }: Answers): Side => ({ value: yes + no ? yes / (yes + no) : null, of: yes + no });

/** The weeks as points of a chart. */
export const weekPoints = ({ weeks, today }: TwinAnswer): Point[] =>
  weeks.map((week, index) => {
    const monday = bucketOf(week.start_date, "week");
    const { value, of } = shareOf(week);
    return {
      ...chartBucketOf(monday, week, today),
      index,
      name: nameOf(monday, "week"),
      value,
      of: of ?? 0,
      before: null,
      beforeName: null,
      compared: null,
    };
  });

/** Rated shared interactions of a twin, in some days. */
export const ratedLink = (from: Query, twin: string, { start, end }: Days, was_helpful = "yes,no"): string =>
  activitiesLink(from, {
    ...exactParams(start, end),
    ...anyType,
    compare: null,
    twin,
    twin_not: null,
    feature: "shared_interaction",
    was_helpful,
  });

/** The days that answers are of. */
export const daysOf = ({ start_date: start, end_date: end }: Answers): Days => ({ start, end });

/** The share, which is that of finished days, beside the one of the range before. */
export const changeOfAnswers = ({ helpful, helpful_previous }: TwinAnswer): Compared => ({
  unit: "share",
  holdsToday: false,
  now: helpful.end_date < helpful.start_date ? null : shareOf(helpful),
  before: shareOf(helpful_previous),
});

/** When it was last trained, where that lies in the weeks. */
export function trainingOf({ weeks, last_trained_at, timezone, before_training }: TwinAnswer) {
  if (!last_trained_at || !before_training) return null;
  const day = dayOf(last_trained_at, timezone);
  const index = weeks.findIndex(({ start_date, end_date }) => day >= start_date && day <= end_date);
  return index < 0 ? null : { index, day, text: `Trained ${plainDay(day)}` };
}

/** "70 of 115 ratings were helpful (61 %). Before it was trained on 26 Oct 2026: 88 % of 224.", without links */
export function answersText(twin: TwinAnswer): string {
  const { yes, no } = twin.helpful;
  const now =
    yes + no === 0
      ? "Nobody rated an answer in these days."
      : `${count(yes)} of ${count(yes + no)} ratings were helpful (${percent(yes / (yes + no))}).`;
  const training = trainingOf(twin);
  const before = twin.before_training && shareOf(twin.before_training);
  return training && before?.of
    ? `${now} Before it was trained on ${plainDay(training.day)}: ${percent(before.value)} of ${count(before.of)}.`
    : now;
}

/** A line a week, as a file. */
export const weekRows = ({ weeks }: TwinAnswer): string[][] => [
  ["start_date", "end_date", "complete", "helpful", "not_helpful"],
  ...weeks.map(({ start_date, end_date, complete, yes, no }) => [
    start_date,
    end_date,
    String(complete),
    String(yes),
    String(no),
  ]),
];
