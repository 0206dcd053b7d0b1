import { addDays, bucketOf, type Interval, nextBucket } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";

/** Whole days, weeks or months in order: their first and last days, as two arrays of one length. */
export type Periods = { starts: string[]; ends: string[] };

/** Every whole period that touches the days from first to last. */
export function periodsOf(first: string, last: string, interval: Interval): Periods {
  const periods: Periods = { starts: [], ends: [] };
  for (let at = bucketOf(first, interval); at <= last;) {
    const next = nextBucket(at, interval);
    periods.starts.push(at);
    periods.ends.push(addDays(next, -1));
    at = next;
  }
  return periods;
}

/** The period of a column of days, counted from 0; `starts` are the first days of consecutive periods. */
export const periodOf = (day: string, starts: SQL): SQL => sql`width_bucket(${sql.raw(day)}, ${starts}) - 1`;

/** A bitmap without anyone. */
export const noBits = sql`repeat('0', 2048)::bit(2048)`;
