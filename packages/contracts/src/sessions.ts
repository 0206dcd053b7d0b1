import { z } from "zod";
import { checkRange, Instant, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { totalFields } from "./lists.ts";
import { checkPage, pageFields } from "./paging.ts";
import { query } from "./procedure.ts";

export const SessionsInput = z
  .object({
    ...rangeFields,
    ...filterFields,
    ...pageFields,
  })
  .check(checkRange, checkPage);
export type SessionsInput = z.output<typeof SessionsInput>;

export const SessionItem = z.object({
  id: z.uuid(),
  /** Null for somebody deleted. */
  user_id: z.uuid().nullable(),
  user_name: z.string(),
  /** Masked (`s•••@acme.example`) unless the caller may read people; null for somebody deleted. */
  user_email: z.string().nullable(),
  twin_id: z.uuid().nullable(),
  twin_name: z.string().nullable(),
  platform: z.string(),
  device_type: z.string().nullable(),
  started_at: Instant,
  /** Null while it is open. */
  ended_at: Instant.nullable(),
  /** Whole seconds, rounded down; null while it is open. */
  duration_seconds: z.int().nullable(),
  /** Derived from when a person did something; else its sender named it. */
  is_derived: z.boolean(),
  /** How many its sender says, or, of a derived one, how many activities it had when it was derived. */
  interaction_count: z.int().nonnegative(),
  /** Activities that belong to it, and when the first and the last of them began. */
  activities: z.int().nonnegative(),
  first_activity_at: Instant.nullable(),
  last_activity_at: Instant.nullable(),
});
export type SessionItem = z.output<typeof SessionItem>;

export const SessionsPage = z.object({
  /** Newest first. */
  items: z.array(SessionItem),
  next_cursor: z.string().nullable(),
  prev_cursor: z.string().nullable(),
  ...totalFields,
  timezone: z.string(),
  not_applied: NotApplied,
});
export type SessionsPage = z.output<typeof SessionsPage>;

export const sessions = {
  list: query({
    access: "activities.read",
    input: SessionsInput,
    output: SessionsPage,
    summary: "Sessions that started in a range, newest first",
  }),
};
