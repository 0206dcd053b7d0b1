import type { ActivityDetail, ActivityItem } from "@twin/contracts/activities";
import type { Actor } from "../tenancy/actor.ts";

// Titles, topics, descriptions, purposes, sources and metadata are words of people, too: `titles.read` shows them.

/** Whether an actor may see what people called and described things. */
export const seesTitles = (actor: Actor): boolean =>
  actor.kind === "system" || actor.permissions.includes("titles.read");

const hidden = { title: null, action_description: null, titles_masked: true };

/** An activity of a list as an actor may see it. */
export const itemFor = <T extends ActivityItem>(actor: Actor, item: T): T =>
  seesTitles(actor) ? item : { ...item, ...hidden };

/** An activity with its details for actors who may not see titles: kinds, counts and times. */
export const withoutTitles = (detail: ActivityDetail): ActivityDetail => ({
  ...detail,
  ...hidden,
  metadata: null,
  conversation: detail.conversation && { ...detail.conversation, title: null, topic: null },
  document: detail.document && { ...detail.document, title: null },
  query: detail.query && { ...detail.query, sources: null },
  shared: detail.shared && { ...detail.shared, interaction_purpose: null },
});
