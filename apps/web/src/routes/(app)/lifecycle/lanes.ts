import type { LifecycleStorage } from "@twin/contracts/lifecycle";
import { addMonths, daysBetween, lastDayOf, monthOf } from "@twin/contracts/calendar";
import { shortMonthYear } from "@twin/wording/format";

export type Lane = LifecycleStorage["lanes"][number];

const fewest = 13;

/**
 * The months that all lanes are drawn over, this one last: from the first that holds anything, or up to a year before it
 * where a cut lies there, and never so few that a bar looks like a block.
 */
export function axisOf(lanes: Lane[], today: string): string[] {
  const now = monthOf(today);
  const held = lanes.flatMap(({ months }) => months.filter(({ rows }) => rows > 0).map(({ month }) => month));
  const first = [...held, now].toSorted()[0]!;
  const cuts = lanes.map(({ cut_day }) => monthOf(cut_day)).filter((cut) => cut >= addMonths(first, -12));
  let month = [first, ...cuts, addMonths(now, 1 - fewest)].toSorted()[0]!;
  const axis: string[] = [];
  for (; month <= now; month = addMonths(month, 1)) axis.push(month);
  return axis;
}

/** Where a day lies on the axis, from 0 to 1; null beside it. */
export function shareOfAxis(day: string, axis: string[]): number | null {
  const at = axis.indexOf(monthOf(day));
  if (at === -1) return null;
  const days = daysBetween(monthOf(day), lastDayOf(day, "month"));
  return (at + (Number(day.slice(8)) - 1) / days) / axis.length;
}

/** Names under the axis: the first month, the last, and each January that is far enough from both. */
export function labelsOf(axis: string[]): { name: string; at: number }[] {
  const yearly = axis.length > 60 ? 24 : 12;
  return axis.flatMap((month, index) => {
    const at = index / axis.length;
    const january =
      month.slice(5, 7) === "01" && (Number(month.slice(0, 4)) * 12) % yearly === 0 && at > 0.2 && at < 0.8;
    return index === 0 || january ? [{ name: shortMonthYear(month), at }] : [];
  });
}
