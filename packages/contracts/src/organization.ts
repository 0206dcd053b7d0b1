import { z } from "zod";
import { Backfill } from "./backfills.ts";
import { mutation } from "./procedure.ts";

export const SetTimeZoneInput = z.object({
  /** IANA name, like `Europe/Berlin`. */
  timezone: z.string().trim().min(1).max(50),
});
export type SetTimeZoneInput = z.output<typeof SetTimeZoneInput>;

export const SetTimeZoneAnswer = z.object({
  timezone: z.string(),
  /** Computes every open day anew by the new zone; null where nothing is to be computed. */
  backfill: Backfill.nullable(),
});
export type SetTimeZoneAnswer = z.output<typeof SetTimeZoneAnswer>;

/** Whether viewers see titles, topics, descriptions, purposes, sources and metadata, as analysts do. */
export const ViewerTitles = z.object({ viewer_titles: z.boolean() });
export type ViewerTitles = z.output<typeof ViewerTitles>;

export const organization = {
  /** Days of every figure are local to this zone. */
  setTimeZone: mutation({ access: "organization.write", input: SetTimeZoneInput, output: SetTimeZoneAnswer }),
  setViewerTitles: mutation({ access: "organization.write", input: ViewerTitles, output: ViewerTitles }),
};
