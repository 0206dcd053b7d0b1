import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { pageAt } from "#lib/pages.ts";
import { todayIn } from "#lib/range.ts";
import { countBuckets, type Interval, intervals } from "@twin/contracts/calendar";
import { limits } from "@twin/contracts/vocabulary";
import { mustRead, namesOf, rangeHere, whyEmpty } from "../figures-page.ts";
import { withColumns } from "./cohorts.ts";

/** Retention by cohort. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const params = new URLSearchParams(url.searchParams);
  if (!["range", "day", "from"].some((name) => params.has(name)))
    params.set("range", String(pageAt(url.pathname).range));
  const today = todayIn(organization.timezone);
  const range = await rangeHere(locals.api, params, today);

  const asked = intervals.find((one) => one === params.get("period")) ?? "week";
  const possible = intervals.filter((one) => countBuckets(range.start, range.end, one) <= limits.buckets);
  const period: Interval = possible.includes(asked) ? asked : (possible[0] ?? "month");
  const mode = params.get("mode") === "recurring" ? ("recurring" as const) : ("first" as const);
  const match = params.get("match") === "on_or_after" ? ("on_or_after" as const) : ("on" as const);

  const filters = coarseFiltersOf(params);
  const [retention, names] = await Promise.all([
    settle(
      locals.api.retention.read.query({
        start_date: range.start,
        end_date: range.end,
        period,
        mode,
        match,
        ...commonFilter(filters),
      }),
    ),
    namesOf(locals.api, filters),
  ]);
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
