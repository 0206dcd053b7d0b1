import type { UserMonthsAnswer } from "@twin/contracts/users";
import { type Column, type Sorted, sorting, sortRows } from "#lib/sorting.ts";

type Month = UserMonthsAnswer["months"][number];
type MonthSort = "month" | "activities" | "sessions" | "length";

/** The columns of a person's months, besides what is drawn. */
export const monthColumns: Record<MonthSort, Column<MonthSort>> = {
  month: { sort: "month", name: "Month", first: "desc", number: false },
  activities: { sort: "activities", name: "Activities", first: "desc", number: true },
  sessions: { sort: "sessions", name: "In sessions", first: "desc", number: true },
  length: { sort: "length", name: "Mean length", first: "desc", number: true },
};
/** How they are sorted: the last first, where nothing else is asked for. */
export const monthSorting = sorting(Object.values(monthColumns), "month");

const values: Record<MonthSort, (month: Month) => string | number | null> = {
  month: ({ month }) => month,
  activities: ({ activity_count }) => activity_count,
  sessions: ({ session_count }) => session_count,
  length: ({ avg_duration }) => avg_duration,
};

/** Months in the order that is asked for. */
export const sortedMonths = (months: Month[], { sort, order }: Sorted<MonthSort>): Month[] =>
  sortRows(months, values[sort], order);
