import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import { whoIsHere } from "../person.ts";

/** A person's activities; none once they are being erased. */
export const load: PageServerLoad = async ({ locals, params, url, parent }) => {
  const { organization } = await locals.viewer();
  const { start, end } = rangeOf(new URLSearchParams("range=all"), todayIn(organization.timezone));
  const cursor = url.searchParams.get("cursor") ?? undefined;
  const person = whoIsHere((await parent()).person, url, params.id);
  // Whoever is leaving is known to no list any more.
  if (person.state !== "here") return { person, list: null };
  const list = await settle(
    locals.api.activities.list.query({ user: params.id, start_date: start, end_date: end, cursor }),
  );
  return { person, list };
};
