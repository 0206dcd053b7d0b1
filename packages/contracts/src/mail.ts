import { z } from "zod";
import { Instant } from "./dates.ts";
import { roles } from "./vocabulary.ts";

/** A letter that a job writes and sends. It waits sealed in the queue: it names people, and may hold a token. */
export const Letter = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("invitation"),
    to: z.string(),
    organization: z.string(),
    role: z.enum(roles),
    /** By name; null: by an operator. */
    invited_by: z.string().nullable(),
    token: z.string(),
    expires_at: Instant,
  }),
  /** Somebody who says that they have this address wants to choose a password; whether it has an account is looked up then. */
  z.object({ kind: z.literal("password"), to: z.string() }),
]);
export type Letter = z.output<typeof Letter>;
