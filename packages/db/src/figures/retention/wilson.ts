import type { Rate } from "@twin/contracts/retention";

/** The 97.5 % point of the normal distribution. */
const z = 1.959963984540054;

/** A rate with its Wilson score interval at 95 %; all null where nobody is eligible. */
export function rateOf(retained: number, eligible: number): Rate {
  if (eligible === 0) return { retained, eligible, rate: null, low: null, high: null };
  const rate = retained / eligible;
  const width = 1 + z ** 2 / eligible;
  const middle = (rate + z ** 2 / (2 * eligible)) / width;
  const reach = (z / width) * Math.sqrt((rate * (1 - rate)) / eligible + z ** 2 / (4 * eligible ** 2));
  return {
    retained,
    eligible,
    rate,
    low: retained === 0 ? 0 : middle - reach,
    high: retained === eligible ? 1 : middle + reach,
  };
}
