import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, bucketOf, bucketsOf, countBuckets, intervals, lastDayOf } from "@twin/contracts/calendar";

const range = fc
  .record({ start: fc.integer({ min: 0, max: 2_000 }), length: fc.integer({ min: 1, max: 400 }), ago: fc.nat(40) })
  .map(({ start, length, ago }) => {
    const [first, last] = [addDays("2023-06-01", start), addDays("2023-06-01", start + length - 1)];
    return { first, last, today: addDays(last, ago) };
  });

test("buckets hold every day of a range once, and say which of them are whole and over", () => {
  fc.assert(
    fc.property(range, fc.constantFrom(...intervals), ({ first, last, today }, interval) => {
      const buckets = bucketsOf(first, last, interval, today);
      expect(buckets).toHaveLength(countBuckets(first, last, interval));
      expect([buckets[0]!.start_date, buckets.at(-1)!.end_date]).toEqual([first, last]);
      for (const [at, { date, start_date, end_date, complete }] of buckets.entries()) {
        expect([bucketOf(start_date, interval), bucketOf(end_date, interval)]).toEqual([date, date]);
        if (at > 0) expect(start_date).toBe(addDays(buckets[at - 1]!.end_date, 1));
        const whole = start_date === date && end_date === lastDayOf(date, interval);
        expect(complete).toBe(whole && end_date < today);
      }
    }),
  );
});

test("a range of nothing has no buckets, and a day is complete once it is over", () => {
  expect(bucketsOf("2026-03-02", "2026-03-01", "week", "2026-03-02")).toEqual([]);
  expect(bucketsOf("2026-03-01", "2026-03-02", "day", "2026-03-02").map(({ complete }) => complete)).toEqual([
    true,
    false,
  ]);
});
