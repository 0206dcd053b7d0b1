/**
 * Where a person's `created_at` comes from: `sent`, by a sender; `derived`, the earliest of their own sessions and of the
 * activities of their twins; `arrival`, when they came, of whom nothing else is known yet.
 */
export type CreatedAtSource = "sent" | "derived" | "arrival";

/** Whether a person `u` is new within [lo, hi): by when they came alone nobody is. */
export const isNewWithin = (u: string, lo: string, hi: string): string =>
  `${u}.created_at_source <> 'arrival' and ${u}.created_at >= ${lo} and ${u}.created_at < ${hi}`;
