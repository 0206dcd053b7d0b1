import { addDays, daysBetween } from "@twin/contracts/calendar";
import type { TwinsAnswer, TwinsInput, TwinSort } from "@twin/contracts/twins";
import { seesNames } from "../../people/masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import {
  asksForPeople,
  filteredFacts,
  onTwinAlone,
  platformsOf,
  readFilter,
  type FigureFilter,
} from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { asksAnything } from "../../people/filter.ts";

const staleAfterDays = 60;
const nobody = { name: null, department: null };

const activities = "(d.conversations + d.query_activities + d.document_activities + d.shared_activities)";

const sortBy: Record<TwinSort, string> = {
  name: "lower(t.name)",
  owner: "lower(o.full_name)",
  last_trained_at: "t.last_trained_at",
  document_count: "t.document_count",
  installations: "i.installations",
  activities: "coalesce(u.activities, 0)",
  users: "coalesce(u.users, 0)",
  helpful: "u.helpful_yes::float8 / nullif(u.helpful_yes + u.helpful_no, 0)",
};

type Row = Omit<TwinsAnswer["twins"][number], "owner" | "days" | "helpful"> & {
  owner_id: string | null;
  owner_name: string;
  department: string | null;
  helpful_yes: number;
  helpful_no: number;
  shared_interactions: number;
};

/**
 * Twins with what they did in the range: from facts, so also of days whose raw rows are gone.
 * @throws BAD_REQUEST naming the field, for days in the future; FORBIDDEN where names would be told by their order
 */
export function listTwins(db: Database, actor: Actor, input: TwinsInput, now: Date): Promise<TwinsAnswer> {
  const namesOwners = seesNames(actor);
  if (input.sort === "owner" && !namesOwners)
    throw new DomainError("FORBIDDEN", "sorting by owner needs activities.read, as names of people do", {
      path: "sort",
    });
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "twins.list");
    const rows = await readTwins(tx, range, today, input, now, filter);
    const days = await readActivityDays(
      tx,
      range,
      filter,
      rows.map(({ id }) => id),
    );
    const values: unknown[] = [tx.org_id, now.toISOString()];
    const [totals] = await tx.query<{ total: number; total_shared: number; stale: number }>({
      ...(asksAnything(filter) ? {} : { name: "twin_totals" }),
      text: `select count(*)::int as total, (count(*) filter (where is_shared))::int as total_shared,
          (count(*) filter (where ${isStale("$2")}))::int as stale from twins t where t.org_id = $1${onTwinAlone("t.id", filter, values)}`,
      values,
    });
    return {
      timezone: time_zone,
      not_applied,
      twins: rows.map(
        ({ owner_id, owner_name, department, helpful_yes, helpful_no, shared_interactions, ...twin }) => ({
          ...twin,
          owner:
            owner_id === null ? null : { id: owner_id, ...(namesOwners ? { name: owner_name, department } : nobody) },
          days: days(twin.id),
          helpful: { yes: helpful_yes, no: helpful_no, shared_interactions },
        }),
      ),
      ...totals!,
      stale_after_days: staleAfterDays,
    };
  });
}

const isStale = (now: string) =>
  `coalesce(t.last_trained_at, t.created_at) < ${now}::timestamptz - interval '${staleAfterDays} days'`;

/** Shares of answers leave today out, which isn't over. */
const beforeToday = (column: string) => `coalesce(sum(d.${column}) filter (where d.day < $6::date), 0) as ${column}`;

function readTwins(
  tx: Tx,
  range: DayRange,
  today: string,
  { sort, order, limit }: TwinsInput,
  now: Date,
  filter: FigureFilter,
): Promise<Row[]> {
  const values: unknown[] = [tx.org_id, range.start_date, range.end_date, now.toISOString(), limit, today];
  return tx.query<Row>({
    ...(asksAnything(filter) ? {} : { name: `twins_by_${sort}_${order}` }),
    text: `with person as (
        select d.twin_id, d.n, sum(${activities}) as activities, sum(d.user_messages) as messages,
          ${beforeToday("helpful_yes")}, ${beforeToday("helpful_no")}, ${beforeToday("shared_interactions")}
        from ${filteredFacts(filter, values)} group by d.twin_id, d.n
      ), used as (
        select twin_id, sum(activities)::int as activities,
          (count(*) filter (where n > 0 and activities + messages > 0))::int as users, sum(helpful_yes)::int as helpful_yes,
          sum(helpful_no)::int as helpful_no, sum(shared_interactions)::int as shared_interactions
        from person group by twin_id
      ), installed as (
        select i.twin_id, count(*)::int as installations from twin_installations i
        where i.org_id = $1 and i.uninstalled_at is null${platformsOf("i", filter, values)} group by i.twin_id
      )
      select t.id, t.name, o.id as owner_id, o.full_name as owner_name, o.department, t.is_shared, t.last_trained_at,
        ${isStale("$4")} as is_stale, t.document_count, i.installations, coalesce(u.activities, 0) as activities,
        coalesce(u.users, 0) as users, coalesce(u.helpful_yes, 0) as helpful_yes, coalesce(u.helpful_no, 0) as helpful_no,
        coalesce(u.shared_interactions, 0) as shared_interactions
      from twins t
      left join users o on o.org_id = $1 and o.id = t.user_id and o.deleted_at is null
      left join used u on u.twin_id = t.id
      left join installed n on n.twin_id = t.id
      cross join lateral (select ${asksForPeople(filter) ? "null::int" : "coalesce(n.installations, 0)"} as installations) i
      where t.org_id = $1${onTwinAlone("t.id", filter, values)}
      order by ${sortBy[sort]} ${order} nulls last, lower(t.name), t.id limit $5::int`,
    values,
  });
}

/** Activities by day of some twins, zero-filled. */
async function readActivityDays(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
  ids: string[],
): Promise<(id: string) => number[]> {
  const values: unknown[] = [tx.org_id, range.start_date, range.end_date, ids];
  const rows = await tx.query<{ twin_id: string; days: string[]; counts: number[] }>({
    ...(asksAnything(filter) ? {} : { name: "twin_days" }),
    text: `select twin_id, array_agg(day) as days, array_agg(activities) as counts from (
        select d.twin_id, d.day, sum(${activities})::int as activities from ${filteredFacts(filter, values)} and d.twin_id = any ($4::uuid[])
        group by d.twin_id, d.day
      ) a group by twin_id`,
    values,
  });
  const byTwin = new Map(
    rows.map(({ twin_id, days, counts }) => [twin_id, new Map(days.map((day, at) => [day, counts[at]!]))]),
  );
  const dates = Array.from({ length: daysBetween(range.start_date, range.end_date) }, (_, at) =>
    addDays(range.start_date, at),
  );
  return (id) => dates.map((date) => byTwin.get(id)?.get(date) ?? 0);
}
