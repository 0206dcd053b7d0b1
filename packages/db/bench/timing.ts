/** Durations in milliseconds, and what is said of them. */
export type Times = { p50: number; p99: number; n: number };

/** Median and 99th percentile, as the smallest value that so many are not above. */
export function summarise(times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), n: sorted.length };
}

/** How long something takes. */
export async function timed<T>(act: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const begun = performance.now();
  const result = await act();
  return { ms: performance.now() - begun, result };
}

/** Milliseconds for a table: one decimal below 100. */
export const ms = (value: number | null): string =>
  value === null || Number.isNaN(value) ? "–" : value < 100 ? value.toFixed(1) : value.toFixed(0);

/** Rows of text as a table with aligned columns; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ");
  return [line(rows[0]!), widths.map((width) => "-".repeat(width)).join("  "), ...rows.slice(1).map(line)].join("\n");
}
