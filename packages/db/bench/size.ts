const units = { "": 1, k: 1_000, M: 1_000_000 } as const;

/** Reads a number like 200k or 10M, of activities or of people. @throws Error for anything else */
export function parseSize(text: string): { name: string; count: number } {
  const [, digits, unit] = /^([1-9]\d*)(k|M|)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${text}: give a number, like 200k, 1M or 10M`);
  return { name: text, count: Number(digits) * units[unit as keyof typeof units] };
}

/** Organisations of an installation: the first has 30 % of the data, the others follow each other down. */
export function organizationsOf(activities: number): { share: number; zone: string }[] {
  const others = Math.max(5, Math.round(activities / 50_000));
  const weights = Array.from({ length: others }, (_, i) => (i + 1) ** -0.8);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  // By day the sun stands over all of them on the same date as in UTC, so that a month's rows lie in one partition.
  const zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Europe/London"];
  return [0.3, ...weights.map((weight) => (0.7 * weight) / sum)].map((share, i) => ({
    share,
    zone: zones[i % zones.length]!,
  }));
}

/** Activities a person has in 24 months, on average, unless the number of people is given. */
export const activitiesEach = 20;
/**
 * What people's visits are multiplied by, so that they have so many activities each: found by trying, as no more than two
 * visits of a day count. It holds to a tenth from 20 to 200.
 */
export const visitsFor = (each: number): number => 0.031 * (each / activitiesEach) ** 1.48;
/** Days of history; the last one is the day before the data was made. */
export const historyDays = 730;
