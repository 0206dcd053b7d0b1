import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { mustRead, namesOf, rangeHere } from "../figures-page.ts";
import { peopleSorting } from "./sorting.ts";
import { daysOfCell, headingOf, noteOf, questionOf, whomOf } from "./whom.ts";

/** The people behind a number. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const filters = coarseFiltersOf(params);
  const whom = whomOf(params);
  const today = todayIn(organization.timezone);
  const range = await rangeHere(locals.api, params, today);
  const sorted = peopleSorting.of(params);
  const cursor = params.get("cursor") ?? undefined;

  const list = await settle(locals.api.people.behind.query({ ...questionOf(whom, range, filters), ...sorted, cursor }));
  return {
    range,
    list,
    sorted,
    heading: headingOf(whom, range),
    note: noteOf(whom),
    asked: whom.kind === "range" && whom.who === "asked",
    cell: whom.kind === "cell" ? daysOfCell(whom, today) : null,
    firstPage: cursor === undefined,
    names: await namesOf(locals.api, filters),
    not_applied: list.ok ? list.value.not_applied : [],
  };
};
