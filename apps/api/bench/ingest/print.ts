import { ms, table } from "@twin/db/bench/timing";
import type { Row } from "./row.ts";

const count = (value: number) => Math.round(value).toLocaleString("en");
const seconds = (value: number | null) => (value === null ? "never" : value.toFixed(1));

/** Prints a line a row, and what its columns mean. */
export function printRows(rows: readonly Row[], say: (line: string) => void): void {
  const head = [
    "records",
    "per s",
    "limit",
    "of limit",
    "p50 ms",
    "p99 ms",
    "api",
    "worker",
    "PostgreSQL",
    "behind max s",
    "end s",
    "<= 5 s",
    "current s",
    "api MB",
  ];
  const lines = rows.map((row) => [
    row.name,
    count(row.per_second),
    row.limit === null ? "" : count(row.limit),
    row.limit === null ? "" : (row.per_second / row.limit).toFixed(2),
    ms(row.p50),
    ms(row.p99),
    ms(row.cpu.api),
    ms(row.cpu.worker),
    ms(row.cpu.postgres),
    seconds(row.behind.max),
    seconds(row.behind.end),
    `${(row.behind.within_5s * 100).toFixed(0)} %`,
    seconds(row.current),
    row.api_peak_mb === null ? "–" : count(row.api_peak_mb),
  ]);
  say(`\n${table([head, ...lines])}`);
  say(
    "api, worker, PostgreSQL: milliseconds of CPU for 1,000 records until figures were current; current: seconds from the first request on.\n" +
      "A conversation and each of its messages is a record. Limits: bare INSERT of one row a transaction, or COPY, into the same tables.",
  );
}
