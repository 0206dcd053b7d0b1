import type { Interval } from "@twin/contracts/calendar";
import { dayText, shortDay, shortMonth, shortMonthYear } from "@twin/wording/format";
import type { Point } from "./figures.ts";

/** Round steps up to what is above `most`, about `wanted` of them. */
export function valueTicks(most: number, wanted: number, whole: boolean): number[] {
  const rough = Math.max(most, whole ? 1 : 0.01) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  if (whole) step = Math.max(1, Math.ceil(step));
  const ticks = [0];
  while (ticks.at(-1)! < most - step * 0.001) ticks.push(Number((ticks.at(-1)! + step).toPrecision(12)));
  return ticks.length > 1 ? ticks : [0, step];
}

export type DayTick = { index: number; text: string; anchor: "start" | "middle" | "end"; strong: boolean };

const middleText = (point: Point, interval: Interval) =>
  interval === "month" ? shortMonth(point.start) : shortDay(point.start);

/** Labels under the time axis: both ends, and between them Mondays (or the buckets) as far as there is room. */
export function dayTicks(points: Point[], interval: Interval, width: number): DayTick[] {
  const last = points.length - 1;
  if (last < 0) return [];
  const firstText = (point: Point) =>
    interval === "day"
      ? width > 500
        ? dayText(point.start, false)
        : shortDay(point.start)
      : interval === "month"
        ? shortMonthYear(point.start)
        : shortDay(point.start);
  if (last === 0)
    return [
      {
        index: 0,
        text: points[0]!.unfinished && interval === "day" ? "Today" : firstText(points[0]!),
        anchor: "middle",
        strong: false,
      },
    ];
  const monday = (point: Point) => new Date(`${point.start}T00:00Z`).getUTCDay() === 1;
  const candidates = points
    .slice(1, -1)
    .filter((point) => (interval === "day" && points.length > 10 ? monday(point) : true));
  const apart = width / last;
  const ticks: DayTick[] = [{ index: 0, text: firstText(points[0]!), anchor: "start", strong: false }];
  const every = Math.max(
    1,
    Math.ceil((width > 500 ? 96 : 84) / (apart * (interval === "day" && points.length > 10 ? 7 : 1))),
  );
  candidates.forEach((point, order) => {
    if (order % every !== 0) return;
    if (point.index * apart < 88 || (last - point.index) * apart < 76) return;
    if ((point.index - ticks.at(-1)!.index) * apart < 56) return;
    ticks.push({ index: point.index, text: middleText(point, interval), anchor: "middle", strong: false });
  });
  const end = points[last]!;
  const text = end.unfinished
    ? interval === "day"
      ? "Today"
      : interval === "week"
        ? "This week"
        : "This month"
    : middleText(end, interval);
  ticks.push({ index: last, text, anchor: "end", strong: end.unfinished });
  return ticks;
}
