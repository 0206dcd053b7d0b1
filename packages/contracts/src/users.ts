import { z } from "zod";
import { checkRangeOfDays, Day, Instant, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { privacy } from "./privacy.ts";
import { query } from "./procedure.ts";
import { SessionItem } from "./sessions.ts";
import { text } from "./text.ts";

const count = z.int().nonnegative();
const rows = (most: number, usual: number) =>
  z.coerce
    .number({ error: `must be a whole number from 1 to ${most}` })
    .int()
    .min(1)
    .max(most)
    .default(usual);
const cursor = z.string().max(200).optional();

export const UserInput = z.object({ user_id: z.uuid({ error: "must be a person's id" }) });
export type UserInput = z.output<typeof UserInput>;

export const userSorts = ["name", "last_active_at", "created_at"] as const;
export type UserSort = (typeof userSorts)[number];
/** How a list of people is sorted. */
export const peopleOrder = (usual: UserSort) => ({
  /** Who has no such moment comes last either way. */
  sort: z.enum(userSorts).default(usual),
  /** Without it names ascend and moments descend. */
  order: z.enum(["asc", "desc"]).optional(),
});

export const UsersInput = z.object({
  /** Part of a name or of an e-mail address; without `people.read` of a name alone. */
  search: text(200).trim().optional(),
  ...filterFields,
  ...peopleOrder("last_active_at"),
  limit: rows(200, 50),
  /** From `next_cursor` of an earlier answer in the same order. */
  cursor,
});
export type UsersInput = z.output<typeof UsersInput>;

const person = {
  id: z.uuid(),
  name: z.string(),
  /** Masked (`s•••@acme.example`) unless the caller may read people. */
  email: z.string(),
  company: z.string().nullable(),
  department: z.string().nullable(),
  created_at: Instant,
  last_active_at: Instant.nullable(),
};

export const UsersAnswer = z.object({
  timezone: z.string(),
  not_applied: NotApplied,
  /** Without `sort` active last, first; those who were never active last. Nobody who is deleted. */
  users: z.array(
    z.object({
      ...person,
      /** Of the last 28 days, today included. */
      active_days: count,
      activities: count,
    }),
  ),
  /** All who match; from 10,000 on a lower bound, then `total_is_exact` is false. */
  total: count,
  total_is_exact: z.boolean(),
  next_cursor: z.string().nullable(),
});
export type UsersAnswer = z.output<typeof UsersAnswer>;

/** `here`; `leaving`: deleted, and it can be undone; `erasing`: rows are going; `erased`: nothing is left to undo. */
export const UserState = z.enum(["here", "leaving", "erasing", "erased"]);
export type UserState = z.output<typeof UserState>;

export const UserDetail = z.object({
  ...person,
  timezone: z.string(),
  /** `leaving` and `erasing` are shown to those who may erase people; nobody else finds the person. */
  state: UserState,
  first_day: Day.nullable(),
  /** Over all time, from figures that are kept for ever. */
  totals: z.object({
    active_days: count,
    sessions: count,
    conversations: count,
    queries: count,
    documents: count,
    shared_interactions: count,
    messages: count,
  }),
  twins: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      is_shared: z.boolean(),
      created_at: Instant,
      last_trained_at: Instant.nullable(),
      installations: count,
    }),
  ),
  /** Whose twins they used in the last 365 days, most used first, at most 20. */
  twins_asked: z.array(z.object({ id: z.uuid(), name: z.string(), is_own: z.boolean(), activities: count })),
});
export type UserDetail = z.output<typeof UserDetail>;

export const UserDaysInput = UserInput.extend({ ...rangeFields }).check(checkRangeOfDays);
export type UserDaysInput = z.output<typeof UserDaysInput>;
export const UserDaysAnswer = z.object({
  timezone: z.string(),
  /** Every day of the range (without dates: the last 365) in order, zero-filled. */
  days: z.array(z.object({ date: Day, sessions: count, activities: count, messages: count })),
});
export type UserDaysAnswer = z.output<typeof UserDaysAnswer>;

export const UserSessionsInput = UserInput.extend({ limit: rows(200, 20), cursor });
export type UserSessionsInput = z.output<typeof UserSessionsInput>;
export const UserSessionsAnswer = z.object({
  timezone: z.string(),
  /** Newest first; those whose rows were purged by policy are gone. */
  sessions: z.array(SessionItem),
  next_cursor: z.string().nullable(),
});
export type UserSessionsAnswer = z.output<typeof UserSessionsAnswer>;

export const UserMonthsAnswer = z.object({
  timezone: z.string(),
  /** The month with today is in progress. */
  today: Day,
  /**
   * Every month from the first to the last in which they did something, the last first, zero-filled; at most the newest 400.
   * Months whose raw rows are gone keep the values that they were sealed with. `avg_duration`: mean seconds of activities
   * that have a duration, unrounded; null where none has.
   */
  months: z.array(
    z.object({
      /** Its first day. */
      month: Day,
      session_count: count,
      activity_count: count,
      avg_duration: z.number().nonnegative().nullable(),
    }),
  ),
});
export type UserMonthsAnswer = z.output<typeof UserMonthsAnswer>;

export const users = {
  list: query({ access: "activities.read", input: UsersInput, output: UsersAnswer }),
  get: query({ access: "activities.read", input: UserInput, output: UserDetail }),
  days: query({ access: "activities.read", input: UserDaysInput, output: UserDaysAnswer }),
  months: query({
    access: "activities.read",
    input: UserInput,
    output: UserMonthsAnswer,
    summary: "Monthly stats of a person",
  }),
  sessions: query({ access: "activities.read", input: UserSessionsInput, output: UserSessionsAnswer }),
  ...privacy,
};
