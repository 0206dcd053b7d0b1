import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, facetFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range.ts";
import { mustRead, rangeHere } from "../figures-page.ts";

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("sessions:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const range = await rangeHere(locals.api, params, todayIn(organization.timezone));
  const filters = coarseFiltersOf(params);
  const cursor = params.get("cursor") ?? undefined;
  const asked = { start_date: range.start, end_date: range.end, ...facetFilter(filters), cursor };
  const list = await settle(locals.api.sessions.list.query(asked));
  const names: Record<string, string> = {};
  const first = list.ok ? list.value.items[0] : undefined;
  if (first?.twin_name && filters.twin) names[filters.twin] = first.twin_name;
  if (first && filters.user) names[filters.user] = first.user_name;
  return { range, list, names, firstPage: cursor === undefined };
};
