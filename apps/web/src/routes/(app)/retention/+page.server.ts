import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { pageAt } from "#lib/pages.ts";
import { todayIn } from "#lib/range-of.ts";
import { countBuckets, type Interval, intervals } from "@twin/contracts/calendar";
import { limits } from "@twin/contracts/vocabulary";
import { mustRead, namesOf, rangeHere, whyEmpty } from "../figures-page.ts";
import { areTelling, withColumns } from "./cohorts.ts";

/** Retention by cohort. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const params = url.searchParams;
  const today = todayIn(organization.timezone);
  const mode = params.get("mode") === "recurring" ? ("recurring" as const) : ("first" as const);
  const match = params.get("match") === "on_or_after" ? ("on_or_after" as const) : ("on" as const);
  const filters = coarseFiltersOf(params);
  const hasRange = ["range", "day", "from"].some((name) => params.has(name));

  const read = async (asked: Interval) => {
    const usual = asked === "month" ? "12mo" : String(pageAt(url.pathname).range);
    const days = hasRange ? params : new URLSearchParams([...params, ["range", usual]]);
    const range = await rangeHere(locals.api, days, today);
    const possible = intervals.filter((one) => countBuckets(range.start, range.end, one) <= limits.buckets);
    const period: Interval = possible.includes(asked) ? asked : (possible[0] ?? "month");
    const dates = { start_date: range.start, end_date: range.end };
    const input = { ...dates, period, mode, match, ...commonFilter(filters) };
    return { range, possible, period, retention: await settle(locals.api.retention.read.query(input)) };
  };
  // Unless the address says by what, weekly cohorts that are too small to tell give way to monthly ones that do.
  const choose = async () => {
    const named = intervals.find((one) => one === params.get("period"));
    const first = await read(named ?? "week");
    if (named || first.period === "month" || !first.retention.ok || areTelling(first.retention.value.cohorts))
      return first;
    const months = await read("month");
    return months.retention.ok && areTelling(months.retention.value.cohorts) ? months : first;
  };
  const [{ range, possible, period, retention }, names] = await Promise.all([choose(), namesOf(locals.api, filters)]);
  const table = retention.ok ? { ...retention, value: withColumns(retention.value, period) } : retention;
  const empty = table.ok && table.value.cohorts.every(({ size }) => size === 0) ? await whyEmpty(locals.api) : null;
  return {
    range,
    period,
    possible,
    mode,
    match,
    retention: table,
    as_of: organization.figures_at,
    empty,
    names,
    not_applied: retention.ok ? retention.value.not_applied : [],
  };
};
