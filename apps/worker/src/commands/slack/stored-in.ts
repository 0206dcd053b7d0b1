import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import {
  findKnownConversations,
  findKnownPeople,
  findKnownTwins,
  listConversationStarts,
  listKnownTwins,
} from "@twin/db/records/ingest/known";
import type { Stored } from "@twin/integrations/slack/stored";

/** How many of the sorted numbers are smaller. */
function rankOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What an organisation has stored of a workspace. */
export async function storedIn(db: Database, actor: Actor, source: string): Promise<Stored> {
  const starts = await listConversationStarts(db, actor, source);
  return {
    twins: await listKnownTwins(db, actor, source),
    twinIds: (keys) => findKnownTwins(db, actor, source, keys),
    people: (references) => findKnownPeople(db, actor, source, references),
    beganIn: (from, to) => {
      const next = starts[rankOf(starts, from)];
      return next !== undefined && next <= to;
    },
    conversations: async (wanted) =>
      starts.length === 0 ? new Map() : findKnownConversations(db, actor, source, wanted),
  };
}
