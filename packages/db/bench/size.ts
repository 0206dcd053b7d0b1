const units = { "": 1, k: 1_000, M: 1_000_000 } as const;

/** Reads a number of activities like 200k or 10M. @throws Error for anything else */
export function parseSize(text: string): { name: string; activities: number } {
  const [, digits, unit] = /^([1-9]\d*)(k|M|)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`--size ${text}: give a number of activities, like 200k, 1M or 10M`);
  return { name: text, activities: Number(digits) * units[unit as keyof typeof units] };
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

/** Activities a person has in 24 months, on average. */
export const activitiesEach = 20;
/** Days of history; the last one is the day before the data was made. */
export const historyDays = 730;
