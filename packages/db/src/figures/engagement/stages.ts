import type { LifecycleStage } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";

/** Who is at each stage of their lifecycle, of the sets `now`, `before` (active in the period, and in the one before) and `first`. */
export const stages: Record<LifecycleStage, SQL> = {
  new: sql`now & first`,
  returning: sql`now & before`,
  resurrecting: sql`now & ~before & ~first`,
  dormant: sql`before & ~now`,
};
