import { z } from "zod";
import { Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { restorationStates } from "./vocabulary.ts";

const count = z.int().nonnegative();

/** A month of UTC, as rows are archived and dropped by. */
export const Month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month as YYYY-MM");
const MonthInput = z.object({ month: Month });
export type MonthInput = z.output<typeof MonthInput>;

/** A month that is, or shall be, readable again beside what is live. */
export const Restoration = z.object({
  month: Month,
  status: z.enum(restorationStates),
  asked_by: z.string(),
  asked_at: Instant,
  restored_at: Instant.nullable(),
  /** When it goes again by itself; the archive stays. */
  expires_at: Instant.nullable(),
  activities: count,
  rows: count,
  error: z.string().nullable(),
});
export type Restoration = z.output<typeof Restoration>;

export const ArchivedMonth = z.object({
  month: Month,
  /** Sets of files; a month has one for each run that found something due in it. */
  parts: count,
  /** What is archived and not live any more. */
  activities: count,
  rows: count,
  bytes: count,
  location: z.string(),
  /** False while a part of it is still being purged. */
  is_complete: z.boolean(),
  purged_at: Instant.nullable(),
  /** When its files were last read back, and the first one that isn't what it has to be. */
  checked_at: Instant.nullable(),
  damage: z.string().nullable(),
  restoration: Restoration.nullable(),
});
export type ArchivedMonth = z.output<typeof ArchivedMonth>;

export const ArchiveList = z.object({ months: z.array(ArchivedMonth) });
export type ArchiveList = z.output<typeof ArchiveList>;

const VerifyInput = z.object({ month: Month.optional() });
export type VerifyInput = z.output<typeof VerifyInput>;

export const archives = {
  list: query({ access: "lifecycle.read", input: z.object({}), output: ArchiveList }),
  /** Has every file, of one month or of all, read back; `list` shows what came of it. */
  verify: mutation({ access: "lifecycle.write", input: VerifyInput, output: z.object({ months: count }) }),
  /** Brings a month back for thirty days; asked once more, for thirty days from then. */
  restore: mutation({ access: "lifecycle.write", input: MonthInput, output: Restoration }),
  /** Lets a restored month go again. */
  dropRestored: mutation({ access: "lifecycle.write", input: MonthInput, output: Restoration }),
};
