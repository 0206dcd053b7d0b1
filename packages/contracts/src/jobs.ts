import { z } from "zod";
import { Instant } from "./dates.ts";
import { query, subscription } from "./procedure.ts";

export const JobsStatus = z.object({
  queued: z.int(),
  running: z.int(),
  failed: z.int(),
  /** Age of the oldest job that is due; null if none waits. */
  oldest_seconds: z.number().nullable(),
  workers: z.int(),
  /** When the figures of this organisation were last brought up to date. */
  as_of: Instant.nullable(),
  /** Days of this organisation whose figures are still to be recomputed. */
  days_waiting: z.int(),
  /** Whether the demonstration is being filled: its history is still on its way. */
  filling: z.boolean(),
});
export type JobsStatus = z.output<typeof JobsStatus>;

export const jobs = {
  /** For whoever sees figures, which wait for jobs, and for whoever sees jobs. */
  status: query({ access: ["metrics.read", "jobs.read"], input: z.object({}), output: JobsStatus }),
};

/** One value each time the figures of the organisation have changed. */
export const FiguresChanged = z.object({ as_of: Instant });
export const live = {
  figures: subscription({
    access: "metrics.read",
    input: z.object({ lastEventId: z.string().nullish() }).optional(),
    output: FiguresChanged,
  }),
};
