import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { addDays, daysBetween, type Interval, intervals } from "@twin/contracts/calendar";
import { mustRead, namesOf, notesOf, rangeOfDays, whyEmpty } from "../figures-page.ts";

/** Who is active how often, and who came, stayed, came back and left. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const params = url.searchParams;
  const range = await rangeOfDays(locals.api, params, todayIn(organization.timezone));
  const period = intervals.find((one) => one === params.get("period")) ?? "week";
  const compares = params.get("compare") !== "off" && range.token !== "all";
  const filters = coarseFiltersOf(params);
  const filter = commonFilter(filters);
  const read = (interval: Interval, start_date: string, end_date: string) =>
    settle(locals.api.engagement.read.query({ start_date, end_date, interval, ...filter }));

  const { start, end, interval } = range;
  const [engagement, byPeriod, before, names, notes] = await Promise.all([
    read(interval, start, end),
    period === interval ? null : read(period, start, end),
    compares ? read("month", addDays(start, -daysBetween(start, end)), addDays(start, -1)) : null,
    namesOf(locals.api, filters),
    notesOf(locals.api, { start_date: start, end_date: end }),
  ]);
  const isEmpty = engagement.ok && engagement.value.days.every(({ mau }) => mau === 0);
  return {
    range,
    engagement,
    period,
    notes,
    byPeriod: byPeriod ?? engagement,
    before: before?.ok ? before.value.days : null,
    metric: params.get("metric"),
    as_of: organization.figures_at,
    empty: isEmpty ? await whyEmpty(locals.api) : null,
    names,
    not_applied: engagement.ok ? engagement.value.not_applied : [],
  };
};
