import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter, notAppliedBy, partlyAppliedBy } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { addDays, daysBetween } from "@twin/contracts/calendar";
import { mustRead, namesOf, rangeHere, whyEmpty } from "../figures-page.ts";

/** Use of features in the range, and before it where the address compares. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const { features, metrics } = locals.api;
  const today = todayIn(organization.timezone);
  const range = await rangeHere(locals.api, url.searchParams, today);
  const compares = url.searchParams.get("compare") !== "off" && range.token !== "all";
  const length = daysBetween(range.start, range.end);
  const filters = coarseFiltersOf(url.searchParams);
  const filter = commonFilter(filters);
  const dates = { start_date: range.start, end_date: range.end, ...filter };

  const [usage, before, totals, firstUse, together, names] = await Promise.all([
    settle(features.usage.query(dates)),
    compares
      ? settle(
          features.usage.query({
            ...filter,
            start_date: addDays(range.start, -length),
            end_date: addDays(range.start, -1),
          }),
        )
      : null,
    settle(metrics.daily.query({ ...dates, interval: "month" })),
    settle(features.firstUse.query({ ...dates, interval: range.interval })),
    settle(features.together.query(dates)),
    namesOf(locals.api, filters),
  ]);
  const empty = usage.ok && usage.value.features.length === 0 ? await whyEmpty(locals.api) : null;
  const unapplied = [usage, totals, firstUse, together].map((one) => (one.ok ? one.value.not_applied : null));
  return {
    range,
    usage,
    before: before?.ok ? before.value.features : null,
    /** The days that changes are told against: today is left out on both sides. */
    counterpart: {
      start: addDays(range.start, -length),
      end: addDays(range.start, range.end >= today ? -2 : -1),
    },
    active: totals.ok ? totals.value.totals.active_users : null,
    firstUse,
    together,
    as_of: organization.figures_at,
    empty,
    names,
    not_applied: notAppliedBy(unapplied),
    partly: partlyAppliedBy(unapplied),
  };
};
