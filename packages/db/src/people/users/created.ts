import { type SQL, sql } from "drizzle-orm";

/**
 * Where a person's `created_at` comes from. `sent`: a sender. `derived`: the earliest of their own sessions and of their
 * twins' activities. `arrival`: the time when their record came in, because nothing else is known yet.
 */
export type CreatedAtSource = "sent" | "derived" | "arrival";

/** People of whom only the arrival is known don't count as new. */
const hasBegun = (u: string): string => `${u}.created_at_source <> 'arrival'`;

/** Whether a person `u` is new within [lo, hi). */
export const isNewBetween = (u: string, lo: SQL, hi: SQL): SQL =>
  sql`${sql.raw(`${hasBegun(u)} and ${u}.created_at`)} >= ${lo} and ${sql.raw(`${u}.created_at`)} < ${hi}`;

/** The same, for statements that are written as text. */
export const isNewWithin = (u: string, lo: string, hi: string): string =>
  `${hasBegun(u)} and ${u}.created_at >= ${lo} and ${u}.created_at < ${hi}`;
