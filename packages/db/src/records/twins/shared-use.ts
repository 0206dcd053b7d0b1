import type { ActivityType } from "@twin/contracts/vocabulary";

// The one rule of what shared use is, for records on their way in and for rows that are stored.

type Used = { activity_type: ActivityType; user_id: string; owner: string | null; is_sent: boolean };

/** Whether an activity has a row in shared_twin_interactions: it was sent, or the twin is somebody else's. */
export const isSharedUse = ({ activity_type, user_id, owner, is_sent }: Used): boolean =>
  is_sent || activity_type === "shared" || owner !== user_id;

/**
 * The same as an expression.
 * @param a alias of a row of `activities`
 * @param t alias of its twin
 * @param i alias of its row in `shared_twin_interactions`, all null where there is none
 */
export const isSharedRow = (a: string, t: string, i: string): string =>
  `(coalesce(${i}.is_sent, false) or ${a}.activity_type = 'shared' or ${t}.user_id is distinct from ${a}.user_id)`;
