import { z } from "zod";
import { Day } from "./dates.ts";

/** What of a list's total its rows don't show, because they are gone; the figures keep it. */
export const Unlisted = z.object({
  /** The local days that it is of; both included. */
  first_day: Day,
  last_day: Day,
  count: z.int().positive(),
  /** A plain clause: `sessions are kept for 90 days`. */
  why: z.string(),
});
export type Unlisted = z.output<typeof Unlisted>;

/** What every list that stands behind a figure says of its length. */
export const totalFields = {
  /** All that match, as the figures count them: those that are listed and those of `unlisted`. */
  total: z.int().nonnegative(),
  /** False: there are more than these 10,000, and no figure tells how many. */
  total_is_exact: z.boolean(),
  /** Oldest days first; empty where every one is listed, and where no figure is kept by what the list is filtered by. */
  unlisted: z.array(Unlisted),
};
