import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { mustRead, namesOf, rangeHere } from "../figures-page.ts";

/** The list of sessions. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("sessions:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const range = await rangeHere(locals.api, params, todayIn(organization.timezone));
  const filters = coarseFiltersOf(params);
  const cursor = params.get("cursor") ?? undefined;
  const asked = { start_date: range.start, end_date: range.end, ...commonFilter(filters), cursor };
  const list = await settle(locals.api.sessions.list.query(asked));
  const names = await namesOf(locals.api, filters);
  return {
    range,
    list,
    names,
    not_applied: list.ok ? list.value.not_applied : [],
    firstPage: cursor === undefined,
    as_of: organization.figures_at,
  };
};
