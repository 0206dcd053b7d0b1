import type { EngagementAnswer } from "@twin/contracts/engagement";
import { type LifecycleStage, lifecycleStages } from "@twin/contracts/vocabulary";
import { type Sorted, sorting, sortRows } from "#lib/sorting.ts";
import { type ActiveDay, stageNames } from "./measures.ts";

type DaySort = "date" | "dau" | "wau" | "mau" | "stickiness";
type StageSort = "date" | LifecycleStage;
type Period = EngagementAnswer["lifecycle"][number];

/** How the table of days is sorted: the last first, where nothing else is asked for. */
export const daySorting = sorting<DaySort>(
  [
    { sort: "date", name: "Day", first: "desc", number: false },
    { sort: "dau", name: "1 day", first: "desc", number: true },
    { sort: "wau", name: "7 days", first: "desc", number: true },
    { sort: "mau", name: "30 days", first: "desc", number: true },
    { sort: "stickiness", name: "Stickiness", first: "desc", number: true },
  ],
  "date",
  "days_",
);

/** How the table of periods is sorted: the last first, where nothing else is asked for. */
export const stageSorting = sorting<StageSort>(
  [
    { sort: "date", name: "Period", first: "desc", number: false },
    ...lifecycleStages.map((stage) => ({ sort: stage, name: stageNames[stage], first: "desc" as const, number: true })),
  ],
  "date",
);

/** Days in the order that is asked for. */
export const sortedDays = (days: ActiveDay[], { sort, order }: Sorted<DaySort>): ActiveDay[] =>
  sortRows(days, (day) => day[sort], order);

/** Periods in the order that is asked for, by how many people each stage had: those who stay away count below zero. */
export const sortedPeriods = (periods: Period[], { sort, order }: Sorted<StageSort>): Period[] =>
  sortRows(periods, (one) => (sort === "date" ? one.date : Math.abs(one[sort])), order);
