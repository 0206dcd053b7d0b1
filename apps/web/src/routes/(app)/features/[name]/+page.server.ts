import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { usesLink } from "#lib/links.ts";
import { todayIn } from "#lib/range-of.ts";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import { redirect } from "@sveltejs/kit";
import { mustRead, namesOf, rangeHere } from "../../figures-page.ts";

/** The uses of one feature, page by page. */
export const load: PageServerLoad = async ({ locals, params: { name }, url, depends }) => {
  depends("events:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  // Uses of what the system itself counts are activities and messages.
  if (name in builtInFeatures) redirect(307, usesLink(params, name));
  const range = await rangeHere(locals.api, params, todayIn(organization.timezone));
  const filters = coarseFiltersOf(params);
  const cursor = params.get("cursor") ?? undefined;
  const list = await settle(
    locals.api.features.events.query({
      feature_name: name,
      start_date: range.start,
      end_date: range.end,
      ...commonFilter(filters),
      cursor,
    }),
  );
  const names = await namesOf(locals.api, filters);
  return {
    range,
    list,
    name,
    names,
    not_applied: list.ok ? list.value.not_applied : [],
    firstPage: cursor === undefined,
    as_of: organization.figures_at,
  };
};
