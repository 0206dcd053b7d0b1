import { addDays } from "@twin/contracts/dates";
import { weekday } from "./calendar.ts";
import type { Department } from "./people.ts";
import { Random } from "./random.ts";

// What happened at Acme, told in days. Whatever should stand out in a figure begins here.

/** About 14 months, so that the same month of last year can be compared. */
export const stretch = 425;

/** People who begin between two days, both counted from the start, evenly. */
type Intake = {
  from: number;
  to: number;
  people: number;
  departments: readonly Department[];
  /** How many of ten use a twin on most days, about weekly, now and then, and less and less. */
  habits: Record<Habit, number>;
};

export type Habit = "daily" | "weekly" | "monthly" | "fading";

const pilots = ["Engineering", "Customer Success"] as const;
const firstWave = [...pilots, "Sales"] as const;
const secondWave = ["Marketing", "Finance", "People"] as const;
const later: Record<Habit, number> = { daily: 1.3, weekly: 3.2, monthly: 2.5, fading: 3 };

/** A pilot, two waves by department, and those who are invited or hired in between. */
export const intakes: readonly Intake[] = [
  { from: 0, to: 16, people: 44, departments: pilots, habits: { daily: 3.4, weekly: 4.4, monthly: 1.6, fading: 0.6 } },
  { from: 20, to: 119, people: 88, departments: pilots, habits: { daily: 2, weekly: 3.6, monthly: 2.4, fading: 2 } },
  { from: 120, to: 147, people: 140, departments: firstWave, habits: later },
  { from: 150, to: 244, people: 82, departments: firstWave, habits: later },
  {
    from: 245,
    to: 272,
    people: 126,
    departments: secondWave,
    habits: { daily: 0.8, weekly: 2.4, monthly: 2.6, fading: 4.2 },
  },
  { from: 275, to: stretch, people: 132, departments: [...firstWave, ...secondWave], habits: later },
];

/** Days before the fill. */
const slackOutage = 10;
const retraining = 27;

/** The twin that answers worse since it was trained anew. */
export const retrainedTwin = "Support Twin";
/** The assistant that everybody leans on. */
export const sharedAssistant = "Ask Acme";

export interface Story {
  start: string;
  /** Number of days up to the day of the first fill. */
  days: number;
  /** Slack was out on this day. */
  outage: string;
  /** From this day on the retrained twin answers worse. */
  retrained: string;
}

/** The story as it stood on `filled`, a local day. */
export function storyOf(filled: string): Story {
  let outage = addDays(filled, -slackOutage);
  // Nobody would notice an outage on a weekend.
  while (weekday(outage) > 4) outage = addDays(outage, -1);
  return { start: addDays(filled, -stretch), days: stretch, outage, retrained: addDays(filled, -retraining) };
}

/** What somebody at Acme would have written below the charts. */
export function annotationsOf({ start, outage, retrained }: Story): { day: string; text: string }[] {
  const [, , firstWaveFrom, , secondWaveFrom] = intakes.map(({ from }) => addDays(start, from));
  return [
    { day: start, text: "The pilot begins: Engineering and Customer Success" },
    {
      day: firstWaveFrom!,
      text: "First wave: Sales comes, and everyone in Engineering and Customer Success is invited",
    },
    { day: secondWaveFrom!, text: "Second wave: Marketing, Finance and People" },
    { day: retrained, text: `${retrainedTwin} was trained anew` },
    { day: outage, text: "Slack was out for most of the day" },
  ];
}

type Arc = {
  name: string;
  /** Share of people who ever take it up. */
  reach: number;
  /** Share of their visits in which they use it. */
  chance: number;
  /** The day of the story on which half of them have taken it up; the spread of those days. Absent: from the beginning. */
  begins?: [middle: number, spread: number];
  /** The same for giving it up. */
  ends?: [middle: number, spread: number];
};

/** Features beside those that follow from activities: one catches on, one dies, two are as ever. */
export const arcs: readonly Arc[] = [
  { name: "meeting_brief", reach: 0.74, chance: 0.6, begins: [stretch - 33, 9] },
  { name: "slide_export", reach: 0.42, chance: 0.45, begins: [150, 12], ends: [stretch - 34, 5] },
  { name: "calendar_lookup", reach: 0.42, chance: 0.35 },
  { name: "translation", reach: 0.3, chance: 0.3 },
];

/** Of each the day on which one of many comes, where the middle one and the spread (of a logistic curve) are given. */
const dayOnCurve = (share: number, [middle, spread]: [number, number]) =>
  middle + spread * Math.log(share / (1 - share));

export type Taste = Arc & { from: number; until: number };

/** What somebody makes of the features: those that they ever use, from and until which day of the story. */
export const tasteOf = (person: string): Taste[] =>
  arcs.flatMap((arc) => {
    const random = new Random(`${person} and ${arc.name}`);
    if (!random.chance(arc.reach)) return [];
    const [first, last] = [random.next(), random.next()];
    const from = arc.begins ? dayOnCurve(first, arc.begins) : 0;
    return [{ ...arc, from, until: arc.ends ? dayOnCurve(last, arc.ends) : Infinity }];
  });

const rates: Record<Habit, number> = { daily: 0.4, weekly: 0.14, monthly: 0.05, fading: 0.25 };
/** Days in which the use of those who lose interest halves. */
const fadesWithin = 16;

/** Visits on a usual workday of somebody with a habit, so many days after they joined. */
export function visitsOnWorkday(habit: Habit, since: number): number {
  const fresh = since < 7 ? 1.8 : 1;
  return rates[habit] * fresh * (habit === "fading" ? 0.5 ** (since / fadesWithin) : 1);
}
