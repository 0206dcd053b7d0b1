import { type FactSum, factSums } from "@twin/contracts/figures";
import { addDays, bucketsOf, daysBetween, type Interval } from "@twin/contracts/calendar";
import type { MetricRow, MetricsAnswer, MetricTotals } from "@twin/contracts/metrics";
import { expect, test } from "vitest";
import { changeOf, changeText, pairText } from "@twin/wording/change";
import type { Range } from "#lib/range.ts";
import { comparedOf, figures, looseOf, markOf, pointsOf } from "./figures.ts";
import { pointRows } from "./point-rows.ts";
import { movedText, summaryOf } from "./summary.ts";

const today = "2026-11-25";
const conversations = figures[1];
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const zero = {
  ...(Object.fromEntries(factSums.map((figure) => [figure, 0])) as Record<FactSum, number>),
  new_users: 0,
  avg_session_duration_seconds: 0,
  total_twin_installations: 0,
  platform_breakdown: {},
};

/** What the API answers for conversations by day, in whole buckets and their counterparts. */
function answerOf(start: string, end: string, interval: Interval, of: (day: string) => number) {
  const sum = (from: string, to: string) => {
    let all = 0;
    for (let day = from; day <= to; day = addDays(day, 1)) all += of(day);
    return all;
  };
  const totals = (from: string, to: string): MetricTotals => ({
    ...zero,
    active_users: 0,
    total_conversations: sum(from, to),
  });
  const rowOf = (metric_date: string, start_date: string, end_date: string, complete: boolean): MetricRow => ({
    ...zero,
    metric_date,
    start_date,
    end_date,
    complete,
    total_active_users: 0,
    total_conversations: sum(start_date, end_date),
  });
  const length = daysBetween(start, end);
  const buckets = bucketsOf(start, end, interval, today);
  const yesterday = addDays(today, -1);
  const open = buckets.find((one) => one.end_date >= today && one.start_date < today);
  const finished = totals(start, end < today ? end : yesterday);
  const metrics: MetricsAnswer = {
    timezone: "UTC",
    sealed_from: null,
    sealed_before: null,
    as_of: null,
    not_applied: [],
    start_date: start,
    end_date: end,
    today,
    days: buckets.map((one) => rowOf(one.date, one.start_date, one.end_date, one.complete)),
    totals: totals(start, end),
    finished,
    previous: {
      start_date: addDays(start, -length),
      end_date: addDays(end, -length),
      days: buckets.map((one) => {
        const [from, to] = [
          addDays(one.start_date, -length),
          addDays(one === open ? yesterday : one.end_date, -length),
        ];
        return rowOf(from, from, to, one.complete);
      }),
      until_yesterday: open ? rowOf(open.date, open.start_date, yesterday, false) : null,
      totals: totals(addDays(start, -length), addDays(end < today ? end : yesterday, -length)),
      current: finished,
    },
  };
  const range: Range = { token: "custom", offset: 0, start, end, today, interval, label: "These days" };
  return { metrics, range, sum };
}

function told(start: string, end: string, interval: Interval, of: (day: string) => number) {
  const { metrics, range, sum } = answerOf(start, end, interval, of);
  const points = pointsOf(conversations, metrics, null, range);
  const compared = comparedOf(conversations, metrics, null)!;
  const [head, ...lines] = pointRows(conversations, points);
  const rows = lines.map((line) => Object.fromEntries(head!.map((name, at) => [name, line[at]!])));
  const pieces = summaryOf(conversations, points, "?", compared, interval);
  const sentence = plain(pieces.map(({ text }) => text).join(""));
  return { points, compared, rows, sentence, pieces, line: plain(changeText(changeOf(compared))), sum };
}

test("the examples that once contradicted themselves", () => {
  const on = (values: Record<string, number>) => (day: string) => values[day] ?? 0;
  // 10 nine days ago, 4 today.
  const once = told("2026-11-19", today, "day", on({ "2026-11-16": 10, [today]: 4 }));
  expect(once.line).toBe("−100 %: 0 until yesterday, was 10");
  expect(once.sentence).toBe("Conversations fell 100 % to none until yesterday, from 10.");
  // The first day ever.
  const first = told("2026-11-19", today, "day", on({ [today]: 4 }));
  expect(first.line).toBe("none until yesterday, as before");
  expect(first.sentence).toBe("Conversations: none until yesterday, as before.");
  expect(told(today, today, "day", on({ [today]: 4 })).line).toBe("today so far");
  // 8, 8 and 8 today.
  const eights = told("2026-11-24", today, "day", on({ "2026-11-22": 8, "2026-11-24": 8, [today]: 8 }));
  expect(eights.line).toBe("same: 8 until yesterday, was 8");
  expect(told("2026-10-01", "2026-10-31", "day", on({ "2026-09-04": 300, "2026-10-05": 1 })).line).toBe(
    "fell by more than 99 %, was 300",
  );
});

test("flat use compares as the same in weeks and months, whatever day a range begins on", () => {
  for (const interval of ["week", "month"] as const)
    for (const [start, end] of [
      ["2026-01-01", today],
      ["2026-07-01", today],
      ["2026-07-08", "2026-11-19"],
      ["2025-11-26", "2026-11-24"],
    ] as const) {
      const { points, line } = told(start, end, interval, () => 3);
      expect(line).toMatch(/^same[:,]/);
      for (const point of points) expect(movedText(point)).toMatch(/^same/);
    }
});

test("cut buckets say which days they have, in the chart, the table and the file", () => {
  const { points, rows } = told("2026-10-07", today, "week", () => 1);
  expect(points.map((point) => `${point.name}: ${markOf(point)}`)).toEqual([
    "Week of 5 Oct 2026: only 7 – 11 Oct",
    ...["12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov", "16 Nov"].map((day) => `Week of ${day} 2026: `),
    "Week of 23 Nov 2026: so far",
  ]);
  expect(markOf(told("2026-11-24", today, "month", () => 1).points[0]!)).toBe("so far, from 24 Nov");
  expect(looseOf(points).map((ends) => ends.map(({ index }) => index))).toEqual([
    [0, 1],
    [6, 7],
  ]);
  expect(rows[0]).toEqual({
    start_date: "2026-10-07",
    end_date: "2026-10-11",
    complete: "false",
    conversations: "5",
    finished: "5",
    previous_start_date: "2026-08-18",
    previous_end_date: "2026-08-22",
    previous: "5",
    change: "0",
  });
  expect(rows.at(-1)).toMatchObject({
    conversations: "3",
    finished: "2",
    previous_start_date: "2026-10-04",
    previous_end_date: "2026-10-05",
    previous: "2",
  });
  expect(movedText(points.at(-1)!)).toBe("same: 2 until yesterday, was 2");
  expect(points[0]!.beforeName).toBe("18 – 22 Aug 2026");
});

test("tile, sentence, table and file say the same numbers of the same days", () => {
  let state = 11;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const number = (text: string) => Number(text.replaceAll(",", ""));
  for (let run = 0; run < 120; run++) {
    const end = addDays(today, -random(3) * random(9));
    const start = addDays(end, -random(run % 4 === 0 ? 3 : 120));
    const interval = (["day", "week", "month"] as const)[random(3)]!;
    const [size, seed] = [10 ** random(5), random(1000)];
    const quiet = random(4) === 0;
    const of = (day: string) => {
      const hash = Math.imul(Date.parse(day) / 86_400_000 + seed, 2_654_435_761) >>> 0;
      return quiet && hash % 3 ? 0 : Math.floor((hash / 2 ** 32) * size);
    };
    const { points, compared, rows, sentence, pieces, line, sum } = told(start, end, interval, of);
    const length = daysBetween(start, end);
    const last = end < today ? end : addDays(today, -1);
    if (last < start) {
      expect(line).toBe("today so far");
      continue;
    }
    const [now, before] = [sum(start, last), sum(addDays(start, -length), addDays(last, -length))];
    expect([compared.now!.value, compared.before.value]).toEqual([now, before]);

    // The tile: its pair is those two, and the change is theirs.
    const said = pairText(changeOf(compared));
    const was = /was ([\d,]+)$/.exec(said)?.[1];
    if (was !== undefined) expect(number(was)).toBe(before);
    const counted = /^([\d,]+) until yesterday/.exec(said)?.[1];
    if (counted !== undefined) expect(number(counted)).toBe(now);
    expect(counted !== undefined, line).toBe(end >= today && before + now > 0);

    // The sentence: the same two.
    const sides = pieces.filter(({ side }) => side).map(({ side, text }) => [side, number(text)]);
    for (const [side, value] of sides) expect(value, sentence).toBe(side === "now" ? now : before);
    expect(sentence).not.toMatch(/NaN|undefined|null/);

    // The file: each line's change is that of its two numbers, and they add up to the tile's.
    for (const row of rows)
      if (row["change"]) expect(Number(row["change"])).toBe(Number(row["finished"]) / Number(row["previous"]) - 1 || 0);
    const compares = rows.filter((row) => row["finished"] !== "");
    const all = (name: string) => compares.reduce((whole, row) => whole + Number(row[name]), 0);
    expect([all("finished"), all("previous")], `${start} ${end} ${interval}`).toEqual([now, before]);
    for (const row of compares)
      expect(Number(row["previous"])).toBe(sum(row["previous_start_date"]!, row["previous_end_date"]!));

    // The table: its words are of the numbers of its line.
    for (const point of points) {
      const moved = plain(movedText(point)!);
      const [ended, earlier] = [point.compared!.now?.value, point.before!];
      if (ended === undefined) expect(moved).toBe("today so far");
      else if (moved.startsWith("same")) expect(ended).toBe(earlier);
      else if (/^[+−]/.test(moved)) {
        const percent = number(/^.([\d,.]+) %/.exec(moved)![1]!) * (moved.startsWith("+") ? 1 : -1);
        expect(Math.abs(percent - ((ended! - earlier) / earlier) * 100), moved).toBeLessThanOrEqual(0.5 + 1e-9);
      } else expect(moved).toMatch(/^none|^fell by more than 99 %/);
    }
  }
});
