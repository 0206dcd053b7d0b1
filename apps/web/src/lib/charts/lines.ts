import type { Mark } from "./tooltip-place.ts";

const text = ({ x, y }: Mark) => `${Number(x.toFixed(3))},${Number(y.toFixed(3))}`;

/** A line through marks, as the `d` of a path; where one is missing it is broken, and a mark alone is a dot. */
export function lineThrough(marks: readonly (Mark | null)[]): string {
  const runs: Mark[][] = [[]];
  for (const mark of marks) {
    if (mark) runs.at(-1)!.push(mark);
    else runs.push([]);
  }
  return runs.map((run) => (run.length ? `M${run.map(text).join("L")}${run.length === 1 ? "Z" : ""}` : "")).join("");
}

/** The area between a line through marks and the floor. */
export const areaBelow = (marks: readonly Mark[], floor: number): string =>
  lineThrough([...marks, ...marks.toReversed().map(({ x }) => ({ x, y: floor }))]) + (marks.length ? "Z" : "");
