import { addDays, daysBetween, type Interval } from "@twin/contracts/calendar";
import { count, dayText, percent, weekdayText } from "#lib/format.ts";
import type { Change, Figure, Point } from "./figures.ts";

/** A piece of the sentence above a chart; with a point, it leads to that point's activities. */
export type Piece = { text: string; point?: Point; total?: boolean };

export const valueText = (figure: Figure, value: number | null): string =>
  value === null ? "–" : figure.unit === "share" ? percent(value) : count(value);

/** Per day, week or month, as headings say it. */
export const perText = (interval: Interval): string => `per ${interval}`;

/** "rose 6 %", from both sides of a comparison. */
export function changeText(figure: Figure, change: Change): string {
  if (figure.unit === "share") {
    const points = Math.round((change.now - change.before) * 100);
    return points === 0 ? "held" : `${points > 0 ? "rose" : "fell"} ${Math.abs(points)} points`;
  }
  if (change.before === 0) return change.now === 0 ? "stayed at none" : "are new";
  const moved = Math.round((change.now / change.before - 1) * 100);
  return moved === 0 ? "held" : `${moved > 0 ? "rose" : "fell"} ${Math.abs(moved)}\u00a0%`;
}

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

/** The sentence above the chart, made from what it draws; unfinished days are no peak. */
export function summaryOf(
  figure: Figure,
  points: Point[],
  total: string,
  change: Change | null,
  interval: Interval,
): Piece[] {
  const ended = points.filter((point) => !point.unfinished && point.value !== null);
  const pieces: Piece[] = [];
  if (change)
    pieces.push({
      text: `${figure.label} ${changeText(figure, change)}${changeText(figure, change) === "held" ? " at " : " to "}`,
    });
  else pieces.push({ text: `${figure.label}: ` });
  pieces.push({ text: total, total: true });
  const peak = ended.reduce<Point | null>(
    (best, point) => (best === null || point.value! > best.value! ? point : best),
    null,
  );
  if (peak && ended.length > 1 && figure.unit === "count" && peak.value! > 0) {
    const name =
      interval === "day"
        ? dayText(peak.start, false)
        : peak.name.toLowerCase().startsWith("week")
          ? peak.name.replace("Week", "week")
          : peak.name;
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
