import { addDays } from "@twin/contracts/calendar";
import type { BreakdownsAnswer, BreakdownsInput } from "@twin/contracts/metrics";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readBusiestTwins } from "./busiest-twins.ts";
import { answered, readHelpfulDays, sumHelpful } from "./helpful-days.ts";
import {
  type Days,
  daysOf,
  filteredFacts,
  isOfPlatforms,
  ofDays,
  platformsOf,
  readFilter,
  type FigureFilter,
  shapeOf,
} from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { comparedOf, type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { composed, statement } from "../../postgres/statement.ts";

/**
 * What the Overview shows beside the daily metrics, over one range and filter.
 * @throws BAD_REQUEST naming the field: an unknown user or twin, days in the future
 */
export function readBreakdowns(
  db: Database,
  actor: Actor,
  input: BreakdownsInput,
  now: Date,
): Promise<BreakdownsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const range = rangeOf(input, calendar.today, calendar.time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "metrics.breakdowns");
    const { current, counterpart } = comparedOf(range, calendar.today);
    const helpful = await readHelpfulDays(tx, { ...range, start_date: counterpart.start_date }, filter);
    const helpful_days = helpful.filter(({ date }) => date >= range.start_date);
    return {
      not_applied,
      hours: isOfPlatforms(filter) ? await readHours(tx, range, filter) : null,
      twins: await readBusiestTwins(tx, range, filter),
      helpful: sumHelpful(helpful_days),
      helpful_previous: answered(helpful.filter(({ date }) => date <= counterpart.end_date)),
      helpful_current: answered(helpful_days.filter(({ date }) => date <= current.end_date)),
      engagement: await readEngagement(tx, current, filter),
      helpful_days: helpful_days.map(({ date, yes, no }) => ({ date, yes, no })),
    };
  });
}

const hoursOfDay = sql.raw(Array.from({ length: 24 }, (_, hour) => `sum(hours[${hour + 1}])::int`).join(", "));

const hoursByWeekday = composed(
  "figures.hours_by_weekday",
  ofDays,
  { weekday: "int", hours: "int[]" },
  (p, filter: FigureFilter) => sql`
    select extract(isodow from day)::int - 1 as weekday, array[${hoursOfDay}] as hours from activity_hours d
    where d.org_id = ${p.org_id} and d.day >= ${p.from} and d.day <= ${p.to}${platformsOf("d", filter)} group by 1`,
  shapeOf,
);

/** Activities by weekday (Monday first) and local hour. */
async function readHours(tx: Tx, range: DayRange, filter: FigureFilter): Promise<number[][]> {
  const rows = await tx.query(hoursByWeekday(daysOf(tx, range), filter));
  const hours = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  for (const row of rows) hours[row.weekday] = row.hours;
  return hours;
}

const engagementRow = { dau: "int", mau: "int" } as const;
/** Who was active on the last day, and in all days, by sets of one kind or of several. */
const engagement = (p: Days, kind: SQL) => sql`
    select coalesce(sum(bit_count(bit_or_day)), 0)::int as dau, coalesce(sum(bit_count(bits)), 0)::int as mau from (
      select bit_or(bits) as bits, bit_or(bits) filter (where day = ${p.to}) as bit_or_day from day_users
      where org_id = ${p.org_id} and kind = ${kind} and day >= ${p.from} and day <= ${p.to} group by lane
    ) l`;

const engagementOfOne = statement("figures.engagement_bits", { ...ofDays, kind: "text" }, engagementRow, (p) =>
  engagement(p, p.kind),
);

const engagementOfSome = statement(
  "figures.engagement_bits_of_some",
  { ...ofDays, kinds: "text[]" },
  engagementRow,
  (p) => engagement(p, sql`any (${p.kinds})`),
);

const engagementInFacts = composed(
  "figures.engagement_filtered",
  ofDays,
  engagementRow,
  (p, filter: FigureFilter) => sql`
    select count(distinct d.n) filter (where d.day = ${p.to})::int as dau, count(distinct d.n)::int as mau
    from ${filteredFacts(filter, p)} and d.sessions > 0 and d.n > 0`,
);

/** Of the last ended day of the range; null where no day of it has ended. */
async function readEngagement(tx: Tx, ended: DayRange, filter: FigureFilter): Promise<BreakdownsAnswer["engagement"]> {
  if (ended.end_date < ended.start_date) return null;
  const date = ended.end_date;
  const month = daysOf(tx, { start_date: addDays(date, -29), end_date: date });
  const { kinds } = filter;
  const [counts] = await tx.query(
    !isOfPlatforms(filter)
      ? engagementInFacts(month, filter)
      : kinds.length === 1
        ? engagementOfOne({ ...month, kind: kinds[0]! })
        : engagementOfSome({ ...month, kinds }),
  );
  const { dau, mau } = counts!;
  return { date, dau, mau, stickiness: mau === 0 ? null : dau / mau };
}
