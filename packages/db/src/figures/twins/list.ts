import { addDays, daysBetween } from "@twin/contracts/calendar";
import type { TwinAnswer, TwinInput, TwinsAnswer, TwinsInput, TwinSort } from "@twin/contracts/twins";
import { type SQL, sql } from "drizzle-orm";
import { seesNames } from "../../people/masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { filtered } from "../filter/filtered.ts";
import {
  asksForPeople,
  daysOf,
  filteredFacts,
  noFilter,
  ofDays,
  onTwinAlone,
  platformsOf,
  readFilter,
  type FigureFilter,
} from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { asksAnything } from "../../people/filter.ts";
import { composed, type Places, statement } from "../../postgres/statement.ts";
import { activitiesOf } from "../../people/activities-of.ts";

/** Days without training after which a twin is called stale. */
export const staleAfterDays = 60;
const nobody = { name: null, department: null };

const activities = sql.raw(activitiesOf("d"));

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

/** Whether a twin `t` is stale. */
export const isStale = (now: SQL): SQL =>
  sql`coalesce(t.last_trained_at, t.created_at) < ${now} - interval '${sql.raw(String(staleAfterDays))} days'`;

/** What twins are looked for by: a part of their name, or also of their owner's. */
type Sought = { text: string; ofOwners: boolean };

const soughtOf = (actor: Actor, { search }: TwinsInput): Sought | null =>
  search ? { text: search, ofOwners: seesNames(actor) } : null;

const ownersOf = (org_id: SQL) =>
  sql`left join users o on o.org_id = ${org_id} and o.id = t.user_id and o.deleted_at is null`;

/** Twins `t` of owners `o`, added to other conditions. */
function found(sought: Sought | null): SQL {
  if (!sought) return sql``;
  const isIn = (name: string) => sql`position(lower(${sought.text}::text) in lower(${sql.raw(name)})) > 0`;
  return sql` and (${isIn("t.name")}${sought.ofOwners ? sql` or ${isIn("o.full_name")}` : sql``})`;
}

/** Facts `d` of these twins alone, added to other conditions. */
const soughtFacts = (org_id: SQL, sought: Sought | null): SQL =>
  sought
    ? sql` and d.twin_id in (select t.id from twins t ${ownersOf(org_id)} where t.org_id = ${org_id}${found(sought)})`
    : sql``;

const ofTotals = { org_id: "int", now: "timestamptz" } as const;
const totals = { total: "int", total_shared: "int", stale: "int" } as const;
const countTwins = (p: Places<typeof ofTotals>, filter: FigureFilter, sought: Sought | null = null): SQL => sql`
    select count(*)::int as total, (count(*) filter (where is_shared))::int as total_shared,
      (count(*) filter (where ${isStale(p.now)}))::int as stale
    from twins t${sought ? sql` ${ownersOf(p.org_id)}` : sql``}
    where t.org_id = ${p.org_id}${onTwinAlone("t.id", filter)}${found(sought)}`;
const totalsOfTwins = filtered("figures.twin_totals", ofTotals, totals, countTwins);
const totalsOfFound = composed("figures.twin_totals_found", ofTotals, totals, countTwins);

const listed = { ...ofDays, now: "timestamptz", limit: "int", today: "date" } as const;
const listedRow = {
  id: "uuid",
  name: "text",
  owner_id: "uuid?",
  owner_name: "text",
  department: "text?",
  is_shared: "boolean",
  last_trained_at: "timestamptz?",
  is_stale: "boolean",
  document_count: "int",
  installations: "int?",
  activities: "int",
  users: "int",
  helpful_yes: "int",
  helpful_no: "int",
  shared_interactions: "int",
} as const;

type Order = TwinsInput["order"];

/** Where the rows of a list are read from: what twins did, and the twins `t` with it. */
function twinsIn(
  p: Places<typeof listed>,
  filter: FigureFilter,
  sought: Sought | null = null,
): { with: SQL; from: SQL } {
  /** Shares of answers leave today out, which isn't over. */
  const beforeToday = (column: string) =>
    sql`coalesce(sum(d.${sql.raw(column)}) filter (where d.day < ${p.today}), 0) as ${sql.raw(column)}`;
  return {
    with: sql`
      with person as (
        select d.twin_id, d.n, sum(${activities}) as activities, sum(d.user_messages) as messages,
          ${beforeToday("helpful_yes")}, ${beforeToday("helpful_no")}, ${beforeToday("shared_interactions")}
        from ${filteredFacts(filter, p)}${soughtFacts(p.org_id, sought)}
        group by d.twin_id, d.n
      ), used as (
        select twin_id, sum(activities)::int as activities,
          (count(*) filter (where n > 0 and activities + messages > 0))::int as users, sum(helpful_yes)::int as helpful_yes,
          sum(helpful_no)::int as helpful_no, sum(shared_interactions)::int as shared_interactions
        from person group by twin_id
      ), installed as (
        select i.twin_id, count(*)::int as installations from twin_installations i
        where i.org_id = ${p.org_id} and i.uninstalled_at is null${platformsOf("i", filter)} group by i.twin_id
      )`,
    from: sql`
      from twins t
      ${ownersOf(p.org_id)}
      left join used u on u.twin_id = t.id
      left join installed n on n.twin_id = t.id
      cross join lateral (select ${asksForPeople(filter) ? sql`null::int` : sql`coalesce(n.installations, 0)`} as installations) i
      where t.org_id = ${p.org_id}${onTwinAlone("t.id", filter)}${found(sought)}`,
  };
}

const inListOrder = (sort: TwinSort, order: Order): SQL =>
  sql.raw(`${sortBy[sort]} ${order} nulls last, lower(t.name), t.id`);

function listedTwins(
  p: Places<typeof listed>,
  sort: TwinSort,
  order: Order,
  filter: FigureFilter,
  sought: Sought | null = null,
): SQL {
  const twins = twinsIn(p, filter, sought);
  return sql`${twins.with}
      select t.id, t.name, o.id as owner_id, o.full_name as owner_name, o.department, t.is_shared, t.last_trained_at,
        ${isStale(p.now)} as is_stale, t.document_count, i.installations, coalesce(u.activities, 0) as activities,
        coalesce(u.users, 0) as users, coalesce(u.helpful_yes, 0) as helpful_yes, coalesce(u.helpful_no, 0) as helpful_no,
        coalesce(u.shared_interactions, 0) as shared_interactions
      ${twins.from}
      order by ${inListOrder(sort, order)} limit ${p.limit}`;
}

const twinsBy = (sort: TwinSort, order: Order) =>
  statement(`figures.twins_by_${sort}_${order}`, listed, listedRow, (p) => listedTwins(p, sort, order, noFilter));
const twinsBySort = Object.fromEntries(
  (Object.keys(sortBy) as TwinSort[]).map((sort) => [sort, { asc: twinsBy(sort, "asc"), desc: twinsBy(sort, "desc") }]),
) as Record<TwinSort, Record<Order, ReturnType<typeof twinsBy>>>;
const twinsFiltered = composed("figures.twins_filtered", listed, listedRow, listedTwins);

/** Before and after a twin in the list of the same days and filter. */
const neighboursOfTwin = composed(
  "figures.twin_neighbours",
  { ...listed, id: "uuid" },
  { previous_id: "uuid?", next_id: "uuid?" },
  (p, sort: TwinSort, order: Order, filter: FigureFilter) => {
    const twins = twinsIn(p, filter);
    return sql`${twins.with}
      select previous_id, next_id from (
        select t.id, lag(t.id) over w as previous_id, lead(t.id) over w as next_id
        ${twins.from}
        window w as (order by ${inListOrder(sort, order)})
      ) n where n.id = ${p.id}`;
  },
);

const daysOfTwins = filtered(
  "figures.twin_days",
  { ...ofDays, ids: "uuid[]" },
  { twin_id: "uuid", days: "date[]", counts: "int[]" },
  (p, filter) => sql`
    select twin_id, array_agg(day) as days, array_agg(activities) as counts from (
      select d.twin_id, d.day, sum(${activities})::int as activities from ${filteredFacts(filter, p)} and d.twin_id = any (${p.ids})
      group by d.twin_id, d.day
    ) a group by twin_id`,
);

/**
 * Twins with what they did in the range: from facts, so purged days count, too.
 * @throws BAD_REQUEST naming the field, for days in the future; FORBIDDEN where their order would tell names
 */
export function listTwins(db: Database, actor: Actor, input: TwinsInput, now: Date): Promise<TwinsAnswer> {
  const namesOwners = seesNames(actor);
  checkSort(actor, input.sort);
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "twins.list");
    const { sort, order, limit } = input;
    const sought = soughtOf(actor, input);
    const asked = { ...daysOf(tx, range), now: now.toISOString(), limit, today };
    const rows = await tx.query(
      sought || asksAnything(filter)
        ? twinsFiltered(asked, sort, order, filter, sought)
        : twinsBySort[sort][order](asked),
    );
    const days = await readActivityDays(
      tx,
      range,
      filter,
      rows.map(({ id }) => id),
    );
    const counting = { org_id: tx.org_id, now: now.toISOString() };
    const [counted] = await tx.query(
      sought ? totalsOfFound(counting, filter, sought) : totalsOfTwins(counting, filter),
    );
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
      ...counted!,
      stale_after_days: staleAfterDays,
    };
  });
}

function checkSort(actor: Actor, sort: TwinSort): void {
  if (sort === "owner" && !seesNames(actor))
    throw new DomainError("FORBIDDEN", "sorting by owner needs activities.read, as names of people do", {
      path: "sort",
    });
}

type Beside = Pick<TwinAnswer, "previous_id" | "next_id">;
const alone: Beside = { previous_id: null, next_id: null };

/**
 * The twins beside one in the list that it was opened from; none where it was opened from none.
 * @throws FORBIDDEN where their order would tell names
 */
export async function readNeighbours(
  tx: Tx,
  actor: Actor,
  { twin_id: id, sort, order, ...filter }: TwinInput,
  range: DayRange,
  { today, now }: { today: string; now: Date },
): Promise<Beside> {
  if (sort === undefined) return alone;
  checkSort(actor, sort);
  const { filter: asked } = await readFilter(tx, actor, filter, "twins.list");
  const days = { ...daysOf(tx, range), now: now.toISOString(), limit: 1, today };
  const [beside] = await tx.query(neighboursOfTwin({ ...days, id }, sort, order, asked));
  return beside ?? alone;
}

/** Activities by day of some twins, zero-filled. */
async function readActivityDays(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
  ids: string[],
): Promise<(id: string) => number[]> {
  const rows = await tx.query(daysOfTwins({ ...daysOf(tx, range), ids }, filter));
  const byTwin = new Map(
    rows.map(({ twin_id, days, counts }) => [twin_id, new Map(days.map((day, at) => [day, counts[at]!]))]),
  );
  const dates = Array.from({ length: daysBetween(range.start_date, range.end_date) }, (_, at) =>
    addDays(range.start_date, at),
  );
  return (id) => dates.map((date) => byTwin.get(id)?.get(date) ?? 0);
}
