import { expect, test } from "vitest";
import { rateOf } from "./wilson.ts";

// Values of R's binom.confint(method = "wilson"), as statsmodels keeps them to compare itself with
// (statsmodels/statsmodels, statsmodels/stats/tests/results/results_proportion.py).
const published: [retained: number, eligible: number, low: number, high: number][] = [
  [18, 20, 0.6989663547715128, 0.972133518786232],
  [4, 20, 0.0806576625797981, 0.4160174322518935],
  [4, 200, 0.00780442641634947, 0.05028708690582643],
  [190, 200, 0.910421851861224, 0.972617354399236],
  [1, 30, 0.00590859, 0.16670391],
  [29, 30, 0.8332961, 0.9940914],
  [0, 30, 0, 0.11351339],
  [30, 30, 0.8864866, 1],
];

test.for(published)("%i of %i lies between %f and %f", ([retained, eligible, low, high]) => {
  const rate = rateOf(retained, eligible);
  expect(rate).toMatchObject({ retained, eligible, rate: retained / eligible });
  expect(rate.low).toBeCloseTo(low, 7);
  expect(rate.high).toBeCloseTo(high, 7);
});

test("of nobody there is no rate", () => {
  expect(rateOf(0, 0)).toEqual({ retained: 0, eligible: 0, rate: null, low: null, high: null });
});

test("every interval lies within 0 and 1 and holds its rate", () => {
  for (let eligible = 1; eligible <= 60; eligible++) {
    for (let retained = 0; retained <= eligible; retained++) {
      const { low, rate, high } = rateOf(retained, eligible);
      expect(0 <= low! && low! <= rate! && rate! <= high! && high! <= 1, `${retained}/${eligible}`).toBe(true);
    }
  }
});
