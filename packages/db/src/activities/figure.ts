import { activityColumns } from "@twin/contracts/figures";
import { usesOfFacts } from "../figures/features/uses.ts";
import { activityTypes } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import type { Figure } from "./total.ts";
import { summedFacts } from "../figures/filter/filter.ts";
import type { ActivityFilter, Selection } from "./filter.ts";
import { asks } from "../people/filter.ts";

const columnOfAnswer = {
  yes: "d.helpful_yes",
  no: "d.helpful_no",
  none: "d.shared_interactions - d.helpful_yes - d.helpful_no",
};

function countedBy({ feature, was_helpful }: ActivityFilter, { filter: { type } }: Selection): string[] {
  if (was_helpful?.length) return [...new Set(was_helpful)].map((answer) => columnOfAnswer[answer]);
  if (feature) return [usesOfFacts[feature]];
  return activityTypes
    .filter((one) => (type.of === null || type.of.includes(one)) && !type.not?.includes(one))
    .map((one) => `d.${activityColumns[one]}`);
}

/** The figure that counts what a list of activities shows; null where none is kept by what is asked. */
export function figureOf(asked: ActivityFilter, selection: Selection): Figure | null {
  const { from, always, filter } = selection;
  const { weekday_hour, session, owner_department, same_department, feature } = asked;
  if (weekday_hour || session || same_department || owner_department?.length || asks(filter.source)) return null;
  // A record's activity may be of any type, of which its facts say nothing.
  if (feature && asks(filter.type)) return null;
  const columns = countedBy(asked, selection);
  if (columns.length === 0) return null;
  return {
    perDay: (days) =>
      sql`select d.day, sum(${sql.raw(columns.join(" + "))})::int from ${summedFacts(filter, days)} group by d.day`,
    rows: feature
      ? sql`select count(*)::int from ${from} where ${always} and d.created_at >= x.lo and d.created_at < x.hi`
      : sql`select count(*)::int from ${from} where ${always} and a.id >= x.lo_id and a.id < x.hi_id`,
    goesWith: ["activities"],
  };
}
