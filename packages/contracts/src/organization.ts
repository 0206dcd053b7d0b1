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

/** The name of the demonstration, typed by whoever removes it. */
export const RemoveDemonstrationInput = z.object({ name: z.string().max(255) });
export type RemoveDemonstrationInput = z.output<typeof RemoveDemonstrationInput>;

export const organization = {
  /** Makes an organisation with invented data for this one, of which the caller becomes an owner; or says which it is. */
  makeDemonstration: mutation({
    access: "organization.own",
    input: z.object({}),
    output: z.object({ slug: z.string() }),
  }),
  /** Removes the demonstration that the caller is in, with everything in it. */
  removeDemonstration: mutation({
    access: "organization.own",
    input: RemoveDemonstrationInput,
    output: z.object({ ok: z.literal(true) }),
  }),
  /** Days of every figure are local to this zone. */
  setTimeZone: mutation({ access: "organization.write", input: SetTimeZoneInput, output: SetTimeZoneAnswer }),
  setViewerTitles: mutation({ access: "organization.write", input: ViewerTitles, output: ViewerTitles }),
};
