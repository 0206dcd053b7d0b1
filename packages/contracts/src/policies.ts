// How long data is kept. No zod here: the dashboard loads this file in the browser.

export const keepUnits = ["day", "month", "year"] as const;
export type KeepUnit = (typeof keepUnits)[number];
/** A time by the calendar: two years are two years, however many days that is. */
export type Keep = { count: number; unit: KeepUnit };

type PolicyKind = {
  standard: Keep;
  least: Keep;
  most: Keep;
  table: string;
  becomes: string;
  left: string | null;
  loses: readonly string[];
};
/**
 * Kinds of data with a life of their own: how long each is kept unless said otherwise, and between what an organisation may
 * choose; the table that gives it its name; what becomes of it then and what is left; which lists and charts end at the first
 * day that is kept. Aggregates are kept for ever.
 */
export const policyKinds = {
  /** With their details, what is left of their messages, and recorded features. */
  activities: {
    standard: { count: 2, unit: "year" },
    least: { count: 180, unit: "day" },
    most: { count: 10, unit: "year" },
    table: "activities",
    becomes: "archived, then dropped",
    left: "archived",
    loses: ["Activities list", "Activity pages", "Drill-down from charts to activities"],
  },
  messages: {
    standard: { count: 1, unit: "year" },
    least: { count: 30, unit: "day" },
    most: { count: 10, unit: "year" },
    table: "messages",
    becomes: "summarised, text deleted",
    left: "summarised",
    loses: ["Transcripts", "Search in messages"],
  },
  sessions: {
    standard: { count: 90, unit: "day" },
    least: { count: 30, unit: "day" },
    most: { count: 2, unit: "year" },
    table: "sessions",
    becomes: "deleted, their facts stay",
    left: null,
    loses: ["Sessions in people's profiles"],
  },
  /** People who were soft-deleted. */
  deleted_users: {
    standard: { count: 30, unit: "day" },
    least: { count: 1, unit: "day" },
    most: { count: 90, unit: "day" },
    table: "users",
    becomes: "erased for good",
    left: null,
    loses: ["Undo of a deletion"],
  },
} as const satisfies Record<string, PolicyKind>;
export type DataType = keyof typeof policyKinds;
export const dataTypes = Object.keys(policyKinds) as DataType[];

/** A shorter time begins so many days after it was set, and can be taken back until then. */
export const coolDownDays = 7;
