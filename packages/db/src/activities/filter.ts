import { recordKinds, recordTables } from "../records/kinds.ts";
import type { WithMessages } from "@twin/contracts/activities";
import type { Filter, NotApplied } from "@twin/contracts/filter";
import { type RecordFeature, weekdays } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { aboutActivities, onActivities, readFilter, type FigureFilter } from "../figures/filter/filter.ts";
import { finest, isPlainDay, readCalendar } from "../tenancy/calendar/local-days.ts";
import { rangeOf } from "../tenancy/calendar/range.ts";
import { attributeOf, twinsOf } from "../people/attributes.ts";
import { holdsMessages } from "./messages.ts";
import { anyTenant, statement } from "../postgres/statement.ts";
import { floorId } from "../postgres/uuid-time.ts";
import { unfiltered } from "../people/filter.ts";

/** The filter of a list of activities; absent fields don't filter. */
export type ActivityFilter = Partial<Filter> & {
  start_date?: string | undefined;
  end_date?: string | undefined;
  weekday_hour?: string | undefined;
  feature?: RecordFeature | undefined;
  with_messages?: WithMessages | undefined;
  session?: string | undefined;
  owner_department?: readonly string[] | undefined;
  same_department?: "yes" | "no" | undefined;
  was_helpful?: readonly ("yes" | "no" | "none")[] | undefined;
};

export type Range = {
  timezone: string;
  day_rule: string;
  /** First and last local day, both included. */
  start_date: string;
  end_date: string;
  /** The instants of the range are `from_at <= at < until_at`, and its ids `from <= id < until`. */
  from_at: string;
  until_at: string;
  from: string;
  until: string;
  /** Bounds of the ids of activities that rows of this range may belong to. */
  reach_from: string;
  reach_until: string;
};

const idAt = (ms: number): string => floorId(Math.max(0, ms));

const rangeInTime = statement(
  "activities.range",
  { org_id: "int", from: "date", to: "date", rule: "day_rule" },
  { reach_days: "int", from_ms: "bigint", until_ms: "bigint" },
  (p) => sql`
    select reach_days, (extract(epoch from start_of(${p.from}, ${p.rule})) * 1000)::bigint as from_ms,
      (extract(epoch from start_of(${p.to} + 1, ${p.rule})) * 1000)::bigint as until_ms
    from organizations where id = ${p.org_id}`,
);

/**
 * The local days of an organisation as a range of ids; without dates the last 28 days with today.
 * @param now decides what today is
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export async function readRange(tx: Tx, asked: ActivityFilter, now: Date): Promise<Range> {
  const { today, time_zone, day_rule } = await readCalendar(tx, now);
  const days = rangeOf(asked, today, time_zone);
  const { start_date: from, end_date: to } = days;
  const [row] = await tx.query(rangeInTime({ org_id: tx.org_id, from, to, rule: day_rule }));
  const { from_ms, until_ms, reach_days } = row!;
  const reach = reach_days * 86_400_000;
  return {
    ...days,
    timezone: time_zone,
    day_rule,
    from_at: new Date(from_ms).toISOString(),
    until_at: new Date(until_ms).toISOString(),
    from: idAt(from_ms),
    until: idAt(until_ms),
    reach_from: idAt(from_ms - reach),
    reach_until: idAt(until_ms + reach + 1),
  };
}

/** Which activities `a` are in a list. */
export type Selection = {
  from: SQL;
  where: SQL;
  /** Ranges of ids, oldest first, that hold all of them; null: they lie anywhere in the range. */
  stretches: { first: string; until: string }[] | null;
  /** Conditions that hold whatever the range, each with the filter that it comes from. */
  always: SQL;
  filter: FigureFilter;
  not_applied: NotApplied;
};

/** Each use of a feature is a row here, one to an activity. */
const recordsOf = (feature: RecordFeature): SQL =>
  sql.raw(recordTables.find((table) => recordKinds[table].feature === feature)!);
const answers = { yes: sql`d.was_helpful`, no: sql`not d.was_helpful`, none: sql`d.was_helpful is null` };

/**
 * The activities of a filter.
 * @param range null: of any time
 * @throws BAD_REQUEST naming the field, for a user or a twin that isn't known
 */
export async function selectionOf(
  tx: Tx,
  actor: Actor,
  filter: ActivityFilter,
  range: Range | null,
): Promise<Selection> {
  const { feature, with_messages: whose } = filter;
  const { filter: asked, not_applied } = await readFilter(tx, actor, filter, "activities.list");
  const own = sql`a.org_id = ${anyTenant(tx.org_id)}`;
  const all = whose ? aboutActivities(anyTenant(tx.org_id), asked) : onActivities(anyTenant(tx.org_id), asked);
  if (filter.session !== undefined) all.push(sql`a.session_id = ${filter.session}::uuid`);
  if (filter.owner_department?.length) {
    const department = { of: filter.owner_department, not: null };
    all.push(twinsOf(anyTenant(tx.org_id), sql`a.twin_id`, { ...unfiltered, department }));
  }
  if (filter.same_department)
    all.push(
      sql.raw(
        `${attributeOf("asker", "department")} ${filter.same_department === "yes" ? "=" : "<>"} ${attributeOf("owner", "department")}`,
      ),
    );
  if (filter.was_helpful?.length) {
    const asked = filter.was_helpful.map((one) => answers[one]);
    all.push(sql`(${sql.join(asked, sql` or `)})`);
  }
  const [weekday, hour] = filter.weekday_hour?.split("-") ?? [];
  const records = feature
    ? sql` join ${recordsOf(feature)} d on d.org_id = ${anyTenant(tx.org_id)} and d.activity_id = a.id`
    : sql``;
  const departments = filter.same_department ? askerAndOwner(anyTenant(tx.org_id)) : sql``;
  return {
    from: sql`activities a${records}${departments}`,
    where: sql.join([own, ...(range ? [inRange(tx, asked, filter, range)] : []), ...all], sql` and `),
    always: sql.join([own, ...all], sql` and `),
    filter: asked,
    stretches:
      hour !== undefined && range
        ? await readHours(tx, range, weekdays.indexOf(weekday as (typeof weekdays)[number]) + 1, Number(hour))
        : null,
    not_applied,
  };
}

/** Whether an activity, its record of a feature, or a message in it lies in the range. */
function inRange(tx: Tx, filter: FigureFilter, { feature, with_messages: whose }: ActivityFilter, range: Range): SQL {
  if (!feature && !whose) return sql`a.id >= ${range.from}::uuid and a.id < ${range.until}::uuid`;
  const within = (id: SQL) => sql`${id} >= ${range.reach_from}::uuid and ${id} < ${range.reach_until}::uuid`;
  if (whose) return sql`${within(sql`a.id`)} and ${holdsMessages(anyTenant(tx.org_id), filter, whose, range)}`;
  return sql`${within(sql`a.id`)} and ${within(sql`d.activity_id`)}
    and d.created_at >= ${range.from_at}::timestamptz and d.created_at < ${range.until_at}::timestamptz`;
}

const askerAndOwner = (org_id: SQL): SQL =>
  sql` left join users asker on asker.org_id = ${org_id} and asker.id = a.user_id
    left join twins asked on asked.org_id = ${org_id} and asked.id = a.twin_id
    left join users owner on owner.org_id = ${org_id} and owner.id = asked.user_id`;

const step = sql.raw(finest);

const hoursOfWeekday = statement(
  "activities.hours_of_weekday",
  { from: "date", to: "date", rule: "day_rule", weekday: "int", hour: "int" },
  { first_ms: "bigint", until_ms: "bigint" },
  (p) => sql`
    select (extract(epoch from h.first) * 1000)::bigint as first_ms, (extract(epoch from h.until) * 1000)::bigint as until_ms
    from generate_series(${p.from}::timestamp, ${p.to}::timestamp, interval '1 day') t (day)
    cross join (select ${p.rule} as rule) r
    cross join lateral (select start_of(t.day::date, r.rule) as lo, start_of(t.day::date + 1, r.rule) as hi) d
    cross join lateral (
      select ${sql.raw(isPlainDay("t.day", "d.lo", "d.hi", "r.rule"))} as is_plain
    ) p
    cross join lateral (
      select lo + ${p.hour} * interval '1 hour', lo + (${p.hour} + 1) * interval '1 hour'
      where is_plain
      union all
      select min(q), max(q) + ${step} from (
        select q, q - row_number() over (order by q) * ${step} as run
        from generate_series(lo, hi - ${step}, ${step}) q
        where not is_plain and extract(hour from q at time zone zone_at(q, r.rule)) = ${p.hour}
      ) q group by run
    ) h (first, until)
    where extract(isodow from t.day) = ${p.weekday} order by 1`,
);

/**
 * The ids of one hour of each such weekday in the range. Where the clocks change, or a day doesn't begin at its zone's
 * midnight, the hour may occur twice or not at all: it is all moments with that local time, consecutive ones as one range.
 */
async function readHours(tx: Tx, range: Range, isoWeekday: number, hour: number): Promise<Selection["stretches"]> {
  const { start_date: from, end_date: to, day_rule: rule } = range;
  const rows = await tx.query(hoursOfWeekday({ from, to, rule, weekday: isoWeekday, hour }));
  return rows.map(({ first_ms, until_ms }) => ({ first: idAt(first_ms), until: idAt(until_ms) }));
}

/**
 * A query for the ids of a selection in order, one page first: it reads no further than it shows, and each range of ids by
 * itself.
 * @param beyond a further condition on `a.id`
 */
export function idsOf(
  { from, where, stretches }: Selection,
  {
    newest,
    limit,
    offset = 0,
    beyond = sql``,
  }: { newest: "first" | "last"; limit: number; offset?: number; beyond?: SQL },
): SQL {
  const order = newest === "first" ? sql`a.id desc` : sql`a.id`;
  // The contract allows page numbers up to 10,000 rows; further pages go by cursor.
  const skipped = offset === 0 ? sql`` : sql` offset ${offset}`;
  if (!stretches)
    return sql`select a.id from ${from} where ${where}${beyond} order by ${order} limit ${limit}${skipped}`;
  const ordered = newest === "first" ? stretches.toReversed() : stretches;
  const ends = (end: "first" | "until") => sql.param(ordered.map((stretch) => stretch[end]));
  return sql`select a.id from unnest(${ends("first")}::uuid[], ${ends("until")}::uuid[]) with ordinality s (first, until, place)
    cross join lateral (
      select a.id from ${from} where ${where}${beyond} and a.id >= s.first and a.id < s.until order by ${order} limit ${limit + offset}
    ) a order by s.place, ${order} limit ${limit}${skipped}`;
}
