import { addDays, bucketOf, type Interval, nextBucket } from "@twin/contracts/calendar";

/** Whole days, weeks or months in order: their first and last days, as two arrays of one length. */
export type Periods = { starts: string[]; ends: string[] };

/** Every period that a stretch of days touches, whole. */
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

/** The periods of `$2` (first days) and `$3` (last days) as rows `period`: i from 0, lo, hi. */
export const periodRows = `
  period as materialized (
    select (no - 1)::int as i, lo, hi from unnest($2::date[], $3::date[]) with ordinality t (lo, hi, no)
  )`;

/** A set of nobody. */
export const noBits = "repeat('0', 2048)::bit(2048)";
