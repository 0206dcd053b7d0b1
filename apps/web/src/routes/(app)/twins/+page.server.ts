import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { mustRead, namesOf, rangeOfDays } from "../figures-page.ts";
import { setOwner } from "./set-owner.ts";
import { twinSorting } from "./sorting.ts";

/** Twins listed at first, and at most. */
const [few, many] = [20, 1000];

/** Twins, and who used those of others. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const { twins } = locals.api;
  const today = todayIn(organization.timezone);
  const range = await rangeOfDays(locals.api, url.searchParams, today);
  const filters = coarseFiltersOf(url.searchParams);
  const dates = { start_date: range.start, end_date: range.end, ...commonFilter(filters) };
  const { sort, order } = twinSorting.of(url.searchParams);
  const all = url.searchParams.get("all") === "yes";
  const [list, sharing, names] = await Promise.all([
    settle(twins.list.query({ ...dates, sort, order, limit: all ? many : few })),
    settle(twins.sharing.query(dates)),
    namesOf(locals.api, filters),
  ]);
  const not_applied = list.ok ? list.value.not_applied : [];
  return {
    range,
    sort,
    order,
    all,
    list,
    sharing,
    as_of: organization.figures_at,
    names,
    not_applied,
    now: new Date().toISOString(),
    mayCorrect: permissions.includes("organization.write"),
  };
};

export const actions = { setOwner };
