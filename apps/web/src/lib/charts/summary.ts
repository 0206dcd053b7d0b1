import { addDays, daysBetween, type Interval } from "@twin/contracts/calendar";
import {
  changeOf,
  changeSentence,
  changeText,
  type Compared,
  headText,
  type Piece as Said,
} from "@twin/wording/change";
import { count, dayText, percent, weekdayText } from "@twin/wording/format";
import type { Figure, Point } from "./figures.ts";

/** A piece of the sentence above a chart; a number leads to what it counts: of a point, or of a side of the comparison. */
export type Piece = Said & { point?: Point };

/** A value as people read it; – where it is unknown. */
export const valueText = (figure: Figure, value: number | null): string =>
  value === null ? "–" : figure.unit === "share" ? percent(value) : count(value);

/** Per day, week or month, as headings say it. */
export const perText = (interval: Interval): string => `per ${interval}`;

/** A weekday that fell by more than half against the same weekday before, the deepest first; small numbers say nothing. */
export function fallOf(points: Point[]): { point: Point; before: Point; share: number } | null {
  let deepest: { point: Point; before: Point; share: number } | null = null;
  for (const point of points) {
    const before = points[point.index - 7];
    if (!before || point.unfinished || point.start !== point.end || daysBetween(before.start, point.start) !== 8)
      continue;
    const [now, then] = [point.value ?? 0, before.value ?? 0];
    const share = then >= 20 ? 1 - now / then : 0;
    if (share >= 0.5 && share > (deepest?.share ?? 0)) deepest = { point, before, share };
  }
  return deepest;
}

/**
 * The sentence above the chart, made from what it draws; buckets that aren't whole are no peak.
 * @param value the figure itself, as its tile says it
 */
export function summaryOf(
  figure: Figure,
  points: Point[],
  value: string,
  compared: Compared | null,
  interval: Interval,
): Piece[] {
  const whole = points.filter((point) => point.complete && point.value !== null);
  const pieces: Piece[] = compared
    ? changeSentence(figure.label, compared, value)
    : [{ text: `${figure.label}: ` }, { text: value, side: "now" }];
  const peak = whole.reduce<Point | null>(
    (best, point) => (best === null || point.value! > best.value! ? point : best),
    null,
  );
  if (peak && whole.length > 1 && figure.unit === "count" && peak.value! > 0) {
    const name = interval === "day" ? dayText(peak.start, false) : peak.name.replace(/^Week/, "week");
    pieces.push({ text: `; peak ${name}, ` }, { text: valueText(figure, peak.value), point: peak });
  }
  pieces.push({ text: "." });
  const fall = interval === "day" && figure.unit === "count" ? fallOf(points) : null;
  if (fall)
    pieces.push(
      { text: ` ${dayText(fall.point.start, false)} fell to ` },
      { text: valueText(figure, fall.point.value), point: fall.point },
      { text: `, ${percent(fall.share)} below the ${weekdayText(addDays(fall.point.start, -7))} before.` },
    );
  return pieces;
}

/** How a point compares, for its own line, where both numbers stand beside it; null without a comparison. */
export function movedText({ compared, unfinished }: Point): string | null {
  if (!compared) return null;
  const change = changeOf(compared);
  return unfinished ? changeText(change) : headText(change);
}
