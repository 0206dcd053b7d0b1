import { addDays } from "@twin/contracts/calendar";
import { sql } from "drizzle-orm";
import { composed } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { daysOf, type FigureFilter, isOfPlatforms, ofDays, shapeOf, summedFacts } from "../filter/filter.ts";

/** How shared interactions of a day were answered. */
export type HelpfulDay = { date: string; yes: number; no: number; shared_interactions: number };

const answersByDay = composed(
  "figures.helpful_days",
  ofDays,
  { date: "date", yes: "int", no: "int", shared_interactions: "int" },
  (p, filter: FigureFilter) => sql`
    select d.day as date, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no,
      sum(d.shared_interactions)::int as shared_interactions
    from ${summedFacts(filter, p)} and d.shared_interactions > 0 group by d.day`,
  (filter) => (isOfPlatforms(filter) ? shapeOf(filter) : null),
);

/** Answers of some days, and the shared interactions that they are answers to. */
export const sumHelpful = (days: readonly HelpfulDay[]) => ({
  ...answered(days),
  shared_interactions: days.reduce((sum, day) => sum + day.shared_interactions, 0),
});

/** Answers of some days. */
export const answered = (days: readonly HelpfulDay[]) => ({
  yes: days.reduce((sum, day) => sum + day.yes, 0),
  no: days.reduce((sum, day) => sum + day.no, 0),
});

/** Answers of every day of the range, zero-filled. */
export async function readHelpfulDays(tx: Tx, range: DayRange, filter: FigureFilter): Promise<HelpfulDay[]> {
  const rows = await tx.query(answersByDay(daysOf(tx, range), filter));
  const byDate = new Map<string, HelpfulDay>(rows.map((row) => [row.date, row]));
  const days: HelpfulDay[] = [];
  for (let date = range.start_date; date <= range.end_date; date = addDays(date, 1)) {
    days.push(byDate.get(date) ?? { date, yes: 0, no: 0, shared_interactions: 0 });
  }
  return days;
}
