import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { compare, dayWaits } from "../metrics/compare.ts";
import { dayColumns, daysFromFacts, hoursFromRaw, installationsOf, newUsersOf } from "./store.ts";
import { bitsFromFacts, laneWidth } from "../store-people.ts";
import { activePeriods, featureDays, monthOf, platformDays, type StoredSum, twinMonths } from "../sums/store.ts";
import type { Difference, Scope } from "../verify.ts";

/** Compares what is stored of days, and of twins in their months, with facts, people, installations and raw rows. */
export async function compareDays(tx: Tx, days: string[], scope: Scope): Promise<Difference[]> {
  const lanes = await lanesOf(tx, days);
  return [
    ...(await compareDailyMetrics(tx, days, scope)),
    ...(await compareHours(tx, days, scope)),
    ...(await compareBits(tx, lanes, false)),
    ...(await compareBits(tx, lanes, true)),
    ...(await comparePeriods(tx, lanes)),
    ...(await compareDaySums(tx, days)),
    ...(await compareTwinMonths(tx, days)),
  ];
}

function compareDailyMetrics(tx: Tx, days: string[], { day_rule }: Scope): Promise<Difference[]> {
  const columns = [...dayColumns, "new_users", "total_twin_installations"];
  return compare(tx, {
    table: "daily_metrics",
    with: daysFromFacts,
    stored: `select d.metric_date, ${columns.map((column) => `d.${column}`).join(", ")}
      from asked a join daily_metrics d on d.org_id = $1 and d.metric_date = a.day`,
    // A day without a row is a day of zeros; its installations are counted when it is read.
    fresh: `select f.day as metric_date, ${dayColumns.map((column) => `f.${column}`).join(", ")},
        ${newUsersOf} as new_users, ${installationsOf} as total_twin_installations
      from fresh f
      where exists (select from daily_metrics d where d.org_id = $1 and d.metric_date = f.day)
        or f.total_sessions + f.total_conversations + f.total_messages + f.total_documents_drafted + f.total_queries
          + f.total_shared_interactions + ${newUsersOf} > 0`,
    key: ["metric_date"],
    columns,
    waits: dayWaits("metric_date"),
    values: [tx.org_id, days, day_rule],
  });
}

async function compareHours(tx: Tx, days: string[], { day_rule }: Scope): Promise<Difference[]> {
  return compare(tx, {
    table: "activity_hours",
    with: hoursFromRaw,
    stored: "select day, platform, hours from activity_hours where org_id = $1 and day = any ($2)",
    fresh: "select day, platform, hours from fresh",
    key: ["day", "platform"],
    columns: ["hours"],
    waits: dayWaits("day"),
    values: [tx.org_id, days, day_rule, ...(await boundIds(tx, days))],
  });
}

type Lanes = { days: string[]; lanes: number[] };

/** Each lane that there is, on each of the days. */
async function lanesOf(tx: Tx, days: string[]): Promise<Lanes> {
  const [last] = await tx.query<{ lane: number }>({
    text: `select greatest((select max(n) from users where org_id = $1) / ${laneWidth}, (select max(lane) from day_users where org_id = $1),
        (select max(lane) from active_periods where org_id = $1), 0) as lane`,
    values: [tx.org_id],
  });
  const lanes = Array.from({ length: last!.lane + 1 }, (_, lane) => lane);
  return { days: days.flatMap((day) => lanes.map(() => day)), lanes: days.flatMap(() => lanes) };
}

async function compareBits(tx: Tx, { days, lanes }: Lanes, first: boolean): Promise<Difference[]> {
  return compare(tx, {
    table: "day_users",
    with: bitsFromFacts,
    stored: `select kind, day, lane, bits::text from day_users where org_id = $1 and day = any ($2) and (kind = 'first') = $4`,
    fresh: "select kind, day, lane, bits::text from fresh",
    key: ["kind", "day", "lane"],
    columns: ["bits"],
    waits: dayWaits("day"),
    values: [tx.org_id, days, lanes, first],
  });
}

const compareSum = (tx: Tx, sum: StoredSum, waits: string, values: unknown[]): Promise<Difference[]> => {
  const names = [...sum.key, ...sum.columns].join(", ");
  return compare(tx, {
    ...sum,
    stored: `select ${names} from ${sum.table} d where d.org_id = $1 and ${sum.within}`,
    fresh: `select ${names} from fresh`,
    waits,
    values,
  });
};

async function compareDaySums(tx: Tx, days: string[]): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const sum of [platformDays, featureDays])
    found.push(...(await compareSum(tx, sum, dayWaits("day"), [tx.org_id, days])));
  return found;
}

const comparePeriods = (tx: Tx, { days, lanes }: Lanes): Promise<Difference[]> => {
  const waits = `exists (select from ops.dirty_log l
    where l.org_id = $1 and l.day >= b.start_date and l.day < b.start_date + ('1 ' || b.period)::interval)`;
  return compareSum(tx, activePeriods, waits, [tx.org_id, days, lanes]);
};

/** All twins of the months that the days lie in. */
async function compareTwinMonths(tx: Tx, days: string[]): Promise<Difference[]> {
  const asked = await tx.query<{ twin_id: string; month: string }>({
    text: `with month as (select distinct ${monthOf("day")} as month from unnest($2::date[]) d (day))
      select d.twin_id, m.month from month m join user_days d on d.org_id = $1 and d.day >= m.month and d.day < m.month + interval '1 month'
      union select t.twin_id, t.month from twin_months t where t.org_id = $1 and t.month in (select month from month)`,
    values: [tx.org_id, days],
  });
  const waits =
    "exists (select from ops.dirty_log l where l.org_id = $1 and l.day >= b.month and l.day < b.month + interval '1 month')";
  return compareSum(tx, twinMonths, waits, [
    tx.org_id,
    asked.map(({ twin_id }) => twin_id),
    asked.map(({ month }) => month),
  ]);
}
