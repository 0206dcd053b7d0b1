import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { facetFilter, filtersOf, listFilter } from "#lib/filters.ts";
import { rangeOf, todayIn } from "#lib/range.ts";

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("activities:live");
  const { organization } = await locals.viewer();
  const params = url.searchParams;
  const filters = filtersOf(params);
  const range = rangeOf(params, todayIn(organization.timezone));
  const dates = { start_date: range.start, end_date: range.end };
  const filter = { ...dates, ...listFilter(filters) };
  const cursor = params.get("cursor") ?? undefined;
  const peek = params.get("peek");
  const { activities } = locals.api;

  const [list, facets, peeked] = await Promise.all([
    settle(activities.list.query({ ...filter, cursor })),
    settle(activities.facets.query({ ...dates, ...facetFilter(filters) })),
    peek ? settle(activities.get.query({ id: peek, ...filter })) : null,
  ]);
  const names: Record<string, string> = {};
  const first = list.ok ? list.value.items[0] : undefined;
  if (first && filters.twin) names[filters.twin] = first.twin_name;
  if (first && filters.user) names[filters.user] = first.user_name;
  return { list, facets, peeked, peek, names, firstPage: cursor === undefined };
};
