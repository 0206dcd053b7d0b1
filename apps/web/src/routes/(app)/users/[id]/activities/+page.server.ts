import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { rangeOf, todayIn } from "#lib/range.ts";
import { whoIsHere } from "../person.ts";

export const load: PageServerLoad = async ({ locals, params, url, parent }) => {
  const { organization } = await locals.viewer();
  const { start, end } = rangeOf(new URLSearchParams("range=all"), todayIn(organization.timezone));
  const cursor = url.searchParams.get("cursor") ?? undefined;
  const [list, { person }] = await Promise.all([
    settle(locals.api.activities.list.query({ user: params.id, start_date: start, end_date: end, cursor })),
    parent(),
  ]);
  return { person: whoIsHere(person, url, params.id), list };
};
