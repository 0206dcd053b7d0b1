import { addDays } from "@twin/contracts/calendar";
import type { SharingAnswer, SharingInput } from "@twin/contracts/twins";
import { noValue } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { seesNames } from "../../people/masking.ts";
import { seesTitles } from "../../people/titles.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { filtered } from "../filter/filtered.ts";
import {
  type Days,
  daysOf,
  filteredFacts,
  type FigureFilter,
  ofDays,
  onActivities,
  readFilter,
} from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { attributeOf } from "../../people/attributes.ts";
import { only } from "../../postgres/statement.ts";
import { andEach } from "../../people/filter.ts";

/** Most twins named for one department, and in all. */
const twinsOfDepartment = sql.raw("3");
const twinsInAll = sql.raw("30");
const latestShown = sql.raw("10");

/**
 * Who asks whose twin, how helpful that was, and which twins a department leans on; from facts. Departments are today's.
 * Rates leave out today, so all counts end with `as_of_day`.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readSharing(db: Database, actor: Actor, input: SharingInput, now: Date): Promise<SharingAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone, day_rule } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const as_of_day = range.end_date < today ? range.end_date : addDays(today, -1);
    const ended = { ...range, end_date: as_of_day };
    const { filter, not_applied } = await readFilter(tx, actor, input, "twins.sharing");
    return {
      timezone: time_zone,
      not_applied,
      as_of_day,
      ...(await readFigures(tx, ended, filter)),
      latest: seesNames(actor) ? await readLatest(tx, actor, range, day_rule, filter) : [],
    };
  });
}

/** In this answer people without a department are of "". */
const nameOrNone = (row: "u" | "o") => sql.raw(`coalesce(nullif(${attributeOf(row, "department")}, '${noValue}'), '')`);

/** Facts of shared interactions: who asked (their department today), and whose twin. */
const shared = (p: Days, filter: FigureFilter): SQL => sql`
  shared as materialized (
    select d.n, d.twin_id, ${nameOrNone("u")} as asking, ${nameOrNone("o")} as owning,
      sum(d.shared_interactions)::int as interactions, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no
    from (select d.* from ${filteredFacts(filter, p)} and d.shared_interactions > 0) d
    left join users u on u.org_id = ${p.org_id} and u.n = d.n
    left join twins t on t.org_id = ${p.org_id} and t.id = d.twin_id
    left join users o on o.org_id = ${p.org_id} and o.id = t.user_id
    group by 1, 2, 3, 4
  )`;

/** Counts of all; pairs of departments; of each department (people without one are no team) its most asked twins. */
const figures = filtered(
  "figures.sharing",
  ofDays,
  {
    interactions: "int",
    yes: "int",
    no: "int",
    departments: only<SharingAnswer["departments"]>("json"),
    dependence: only<SharingAnswer["dependence"]>("json"),
  },
  (p, filter) => sql`
  with ${shared(p, filter)},
  asked as (
    select asking as department, twin_id, sum(interactions)::int as interactions, count(distinct n)::int as users
    from shared where asking <> '' group by 1, 2
  ),
  ranked as (
    select a.*, a.interactions::float8 / sum(a.interactions) over (partition by a.department) as share,
      row_number() over (partition by a.department order by a.interactions desc, a.twin_id) as place
    from asked a
  ),
  leaned_on as (
    select r.department, r.twin_id, coalesce(t.name, 'Deleted twin') as twin_name, r.interactions, r.users, r.share
    from ranked r left join twins t on t.org_id = ${p.org_id} and t.id = r.twin_id
    where r.place <= ${twinsOfDepartment}
    order by r.share desc, r.interactions desc, r.department, r.twin_id limit ${twinsInAll}
  ),
  pair as (
    select asking, owning, sum(interactions)::int as interactions from shared group by 1, 2 order by 3 desc, 1, 2
  )
  select coalesce(sum(interactions), 0)::int as interactions, coalesce(sum(yes), 0)::int as yes, coalesce(sum(no), 0)::int as no,
    (select coalesce(json_agg(p), '[]') from pair p) as departments,
    (select coalesce(json_agg(l), '[]') from leaned_on l) as dependence
  from shared`,
);

async function readFigures(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<Omit<SharingAnswer, "timezone" | "not_applied" | "as_of_day" | "latest">> {
  const [row] = await tx.query(figures(daysOf(tx, range), filter));
  const { interactions, yes, no, departments, dependence } = row!;
  return {
    shared_interactions: interactions,
    helpful: {
      yes,
      no,
      rate: yes + no === 0 ? null : yes / (yes + no),
      response_share: interactions === 0 ? null : (yes + no) / interactions,
    },
    departments,
    dependence,
  };
}

const latestShared = filtered(
  "figures.sharing_latest",
  { ...ofDays, rule: "day_rule" },
  {
    activity_id: "uuid",
    at: "timestamptz",
    asking: "text",
    twin_id: "uuid",
    twin_name: "text",
    interaction_purpose: "text?",
    was_helpful: "boolean?",
  },
  (p, filter) => {
    const asked = onActivities(p.org_id, filter);
    const ofAsked =
      asked.length === 0
        ? sql``
        : sql`and exists (select from activities a where a.org_id = ${p.org_id} and a.id = i.activity_id${andEach(asked)})`;
    return sql`
      with latest as materialized (
        select * from shared_twin_interactions i
        where i.org_id = ${p.org_id} and i.created_at >= start_of(${p.from}, ${p.rule}) and i.created_at < start_of(${p.to} + 1, ${p.rule}) ${ofAsked}
        order by i.created_at desc limit ${latestShown}
      )
      select i.activity_id, i.created_at as at, coalesce(u.full_name, 'Deleted user') as asking, i.twin_id,
        coalesce(t.name, 'Deleted twin') as twin_name, i.interaction_purpose, i.was_helpful
      from latest i
      left join users u on u.org_id = ${p.org_id} and u.id = i.accessing_user_id and u.deleted_at is null
      left join twins t on t.org_id = ${p.org_id} and t.id = i.twin_id
      order by i.created_at desc, i.activity_id desc`;
  },
);

async function readLatest(
  tx: Tx,
  actor: Actor,
  range: DayRange,
  dayRule: string,
  filter: FigureFilter,
): Promise<SharingAnswer["latest"]> {
  const rows = await tx.query(latestShared({ ...daysOf(tx, range), rule: dayRule }, filter));
  return seesTitles(actor) ? rows : rows.map((row) => ({ ...row, interaction_purpose: null }));
}
