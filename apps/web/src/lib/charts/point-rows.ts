import { changeOf } from "@twin/wording/change";
import { saveCsv } from "./csv.ts";
import type { Figure, Point } from "./figures.ts";

// Loaded only when somebody asks for a file.

/** A line a point, as a file: exact numbers, and of the comparison the days and numbers that the change is made from. */
export function pointRows(figure: Figure, points: Point[]): string[][] {
  const share = figure.unit === "share";
  const compared = points.some((point) => point.compared);
  const text = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value));
  return [
    [
      "start_date",
      "end_date",
      "complete",
      figure.key,
      ...(share ? ["answers"] : []),
      ...(compared ? ["finished", "previous_start_date", "previous_end_date", "previous", "change"] : []),
    ],
    ...points.map((point) => [
      point.start,
      point.end,
      String(point.complete),
      text(point.value),
      ...(share ? [text(point.of ?? 0)] : []),
      ...(compared
        ? [
            text(point.compared?.now?.value),
            point.beforeDays?.start ?? "",
            point.beforeDays?.end ?? "",
            text(point.before),
            text(point.compared && changeOf(point.compared).exact),
          ]
        : []),
    ]),
  ];
}

/** Hands the points of a chart to the reader as a file. */
export const savePoints = (name: string, figure: Figure, points: Point[]): void =>
  saveCsv(name, pointRows(figure, points));
