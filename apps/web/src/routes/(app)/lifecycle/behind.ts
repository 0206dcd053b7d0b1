import type { Client } from "#lib/api.ts";
import { activitiesLink, erasuresLink, sessionsLink } from "#lib/links.ts";
import { exactParams } from "#lib/range.ts";
import { type DataType, policyKinds } from "@twin/contracts/policies";
import type { LifecyclePlan } from "@twin/contracts/lifecycle";
import type { Listed } from "./words.ts";

type Going = LifecyclePlan["steps"][number]["going"];
const here = new URLSearchParams();

/** The list of what a run takes, and how long it is. */
async function listOf(api: Client, type: DataType, going: Going): Promise<Listed | null> {
  if (type === "deleted_users") {
    const { open } = await api.users.erasures.query({});
    return { count: open.length, one: "person", many: "people", href: erasuresLink(here) };
  }
  const { first_day: start_date, last_day: end_date } = going;
  if (!start_date || !end_date) return null;
  const asked = { start_date, end_date, limit: 1 };
  const days = exactParams(start_date, end_date);
  if (type === "sessions") {
    const { total } = await api.sessions.list.query(asked);
    return { count: total, one: "session", many: "sessions", href: sessionsLink(here, days) };
  }
  if (type === "messages") {
    const { messages } = await api.activities.list.query({ ...asked, with_messages: "any" });
    const href = activitiesLink(here, { ...days, by: "messages" });
    return { count: messages!.total, one: "message", many: "messages", href };
  }
  if (type !== "activities") return null;
  const { total } = await api.activities.list.query(asked);
  return { count: total, one: "activity", many: "activities", href: activitiesLink(here, days) };
}

/**
 * What of the rows that the next run takes a list shows: only where the list of their days is exactly as long, because what
 * is held, was talked in later, or hasn't ended stays.
 * @param may whether the reader may open the list
 */
export async function readBehind(
  api: Client,
  plan: LifecyclePlan,
  may: (type: DataType) => boolean,
): Promise<Partial<Record<DataType, Listed>>> {
  const behind: Partial<Record<DataType, Listed>> = {};
  await Promise.all(
    plan.steps.map(async ({ data_type: type, going }) => {
      const rows = going.tables[policyKinds[type].table] ?? 0;
      if (rows === 0 || !may(type)) return;
      const list = await listOf(api, type, going).catch(() => null);
      if (list?.count === rows) behind[type] = list;
    }),
  );
  return behind;
}
