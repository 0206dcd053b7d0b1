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

/** The figure that counts the activities of a list; null where no stored figure knows what the filter asks for. */
export function figureOf(asked: ActivityFilter, selection: Selection): Figure | null {
  const { from, always, filter } = selection;
  const { weekday_hour, session, owner_department, same_department, feature } = asked;
  if (weekday_hour || session || same_department || owner_department?.length || asks(filter.source)) return null;
  // A feature's record may belong to an activity of any type, which facts of features don't tell.
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
