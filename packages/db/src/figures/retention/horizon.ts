import { addDays } from "@twin/contracts/calendar";
import type { RetentionMatch } from "@twin/contracts/retention";
import { DomainError } from "../../tenancy/errors.ts";

/** How far cells reach. */
export type Horizon = {
  /** Last day whose activity counts: yesterday, or `until`. */
  last: string;
  /** Periods that begin later aren't shown. */
  begun: string;
};

/**
 * Cells look up to yesterday; on_or_after looks up to `until` where that is earlier.
 * @throws BAD_REQUEST naming `until`, for a day in the future
 */
export function horizonOf(match: RetentionMatch, until: string | undefined, today: string): Horizon {
  if (until !== undefined && until > today) {
    throw new DomainError("BAD_REQUEST", `until ${until} lies in the future: today is ${today}`, { path: "until" });
  }
  const yesterday = addDays(today, -1);
  return match === "on_or_after" && until !== undefined && until < yesterday
    ? { last: until, begun: until }
    : { last: yesterday, begun: today };
}
