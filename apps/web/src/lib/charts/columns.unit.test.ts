import { type FactSum, factSums } from "@twin/contracts/figures";
import type { BreakdownsAnswer, MetricRow, MetricsAnswer, MetricTotals } from "@twin/contracts/metrics";
import { expect, test } from "vitest";
import type { Range } from "#lib/range.ts";
import {
  behindFigure,
  comparedOf,
  type CountKey,
  counterpartOf,
  figureOf,
  figures,
  finishedOf,
  helpfulOf,
  isEmpty,
  pointsOf,
  totalOf,
} from "./figures.ts";

/** Every column another number, times `by`. */
const columns = (by: number) => ({
  ...(Object.fromEntries(factSums.map((figure, at) => [figure, (41 + 2 * at) * by])) as Record<FactSum, number>),
  new_users: 2 * by,
  total_conversations: 5 * by,
  total_messages: 7 * by,
  total_documents_drafted: 11 * by,
  avg_session_duration_seconds: 19 * by,
  total_twin_installations: 23 * by,
  platform_breakdown: {},
});
const totals = (by: number): MetricTotals => ({ ...columns(by), active_users: 29 * by });
const row = (day: string, by: number, complete = true): MetricRow => ({
  ...columns(by),
  total_active_users: 29 * by,
  metric_date: day,
  start_date: day,
  end_date: day,
  complete,
});
const factor: Record<CountKey, number> = { users: 29, conversations: 5, messages: 7, documents: 11 };
const counts = figures.filter(({ unit }) => unit === "count");

/** Two days, today the second. */
const metrics: MetricsAnswer = {
  timezone: "UTC",
  sealed_from: null,
  sealed_before: null,
  as_of: null,
  not_applied: [],
  start_date: "2026-11-24",
  end_date: "2026-11-25",
  today: "2026-11-25",
  days: [row("2026-11-24", 1), row("2026-11-25", 10, false)],
  totals: totals(100),
  finished: totals(1),
  previous: {
    start_date: "2026-11-22",
    end_date: "2026-11-23",
    days: [row("2026-11-22", 1000), row("2026-11-23", 10_000)],
    until_yesterday: null,
    totals: totals(100_000),
    current: totals(1_000_000),
  },
};
const range: Range = {
  token: "custom",
  offset: 0,
  start: "2026-11-24",
  end: "2026-11-25",
  today: "2026-11-25",
  interval: "day",
  label: "24 – 25 Nov",
};
const breakdowns = {
  helpful: { yes: 9, no: 1 },
  helpful_current: { yes: 3, no: 1 },
  helpful_previous: { yes: 1, no: 1 },
  helpful_days: [
    { date: "2026-11-24", yes: 3, no: 1 },
    { date: "2026-11-25", yes: 6, no: 0 },
  ],
} as unknown as BreakdownsAnswer;

test("each figure is its own column: as total, in the chart and in the comparison", () => {
  expect(counts.map(({ key }) => key).sort()).toEqual(Object.keys(factor).sort());
  for (const { key } of counts) {
    const figure = figureOf(key);
    const by = factor[key as CountKey];
    expect(totalOf(key as CountKey, metrics.totals), key).toBe(100 * by);
    const points = pointsOf(figure, metrics, null, range);
    expect(
      points.map(({ value, before }) => [value, before]),
      key,
    ).toEqual([
      [by, 1000 * by],
      [10 * by, 10_000 * by],
    ]);
    expect(
      points.map(({ compared }) => compared!.now?.value ?? null),
      key,
    ).toEqual([by, null]);
    expect(comparedOf(figure, metrics, null), key).toEqual({
      unit: "count",
      holdsToday: true,
      now: { value: 1_000_000 * by },
      before: { value: 100_000 * by },
    });
    expect(comparedOf(figure, { ...metrics, previous: undefined } as unknown as MetricsAnswer, null)).toBeNull();
  }
  expect(figureOf("nonsense").key).toBe("users");
});

test("a share is of its answers, without today where there is another day", () => {
  const helpful = figureOf("helpful");
  expect(pointsOf(helpful, metrics, breakdowns, range).map(({ value, of }) => [value, of])).toEqual([
    [0.75, 4],
    [1, 6],
  ]);
  expect(pointsOf(helpful, metrics, null, range)).toEqual([]);
  expect(helpfulOf(breakdowns, range)).toEqual({ value: 0.75, of: 4 });
  expect(helpfulOf(breakdowns, { ...range, start: range.today })).toEqual({ value: 0.9, of: 10 });
  expect(comparedOf(helpful, metrics, breakdowns)).toEqual({
    unit: "share",
    holdsToday: true,
    now: { value: 0.75, of: 4 },
    before: { value: 0.5, of: 2 },
  });
  expect(comparedOf(helpful, { ...metrics, start_date: metrics.today }, breakdowns)!.now).toBeNull();
  expect(comparedOf(helpful, metrics, null)).toBeNull();
  const none = { ...breakdowns, helpful_current: { yes: 0, no: 0 } };
  expect(helpfulOf(none, range)).toEqual({ value: null, of: 0 });
});

test("a change is told against the days that are over, and as many before", () => {
  expect(finishedOf(range)).toEqual({ start: "2026-11-24", end: "2026-11-24" });
  expect(finishedOf({ ...range, today: "2026-11-26" })).toEqual({ start: "2026-11-24", end: "2026-11-25" });
  expect(finishedOf({ ...range, start: range.today })).toBeNull();
  expect(counterpartOf(metrics)).toEqual({ start: "2026-11-22", end: "2026-11-22" });
  expect(counterpartOf({ ...metrics, today: "2026-11-26" })).toEqual({ start: "2026-11-22", end: "2026-11-23" });
  const oneDay = { ...metrics.previous!, start_date: "2026-11-23" };
  expect(counterpartOf({ ...metrics, previous: oneDay })).toBeNull();
});

test("a number leads to what it counts, on its days", () => {
  const from = new URLSearchParams("range=7d&type=query&platform=slack");
  const days = { start: "2026-11-24", end: "2026-11-25" };
  const links = figures.map((figure) => behindFigure(figure, from, days));
  const own = "from=2026-11-24&to=2026-11-25";
  expect(links).toEqual([
    `/people?${own}&type=query&platform=slack`,
    `/activities?${own}&type=conversation&platform=slack`,
    `/activities?${own}&platform=slack&by=messages`,
    `/activities?${own}&platform=slack&feature=document_drafted`,
    `/activities?${own}&platform=slack&feature=shared_interaction&was_helpful=yes,no`,
  ]);
  expect(behindFigure(figureOf("users"), from)).toBe("/people?range=7d&type=query&platform=slack");
});

test("a range is empty only where nothing at all happened", () => {
  const nothing = { ...totals(0), total_twin_installations: 5, new_users: 3 };
  expect(isEmpty({ ...metrics, totals: nothing })).toBe(true);
  for (const column of [
    "active_users",
    "total_sessions",
    "total_messages",
    "total_conversations",
    "total_queries",
    "total_documents_drafted",
    "total_shared_interactions",
  ] as const)
    expect(isEmpty({ ...metrics, totals: { ...nothing, [column]: 1 } }), column).toBe(false);
});
