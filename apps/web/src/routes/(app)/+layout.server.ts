import type { LayoutServerLoad } from "./$types";
import { zoneText } from "@twin/wording/format";
import { filtersOf } from "#lib/filters.ts";
import { pageAt } from "#lib/pages.ts";
import { namesOf } from "./figures-page.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";

/** What every page of the dashboard shows: who is signed in, time zone, range, theme. */
export const load: LayoutServerLoad = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const { timezone } = viewer.organization;
  return {
    viewer,
    zone: zoneText(timezone, new Date()),
    range: rangeOf(url.searchParams, todayIn(timezone)),
    compare: url.searchParams.get("compare") !== "off",
    theme: locals.theme ?? ("system" as const),
    keys: !locals.keysOff,
    /** What the ids in the address stand for, where a page knows. */
    names: pageAt(url.pathname).filters ? {} : await namesOf(locals.api, filtersOf(url.searchParams)),
  };
};
