import { addDays } from "@twin/contracts/calendar";
import type { SharingAnswer, SharingInput } from "@twin/contracts/twins";
import { noValue } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { seesNames } from "../../people/masking.ts";
import { seesTitles } from "../../people/titles.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { filteredFacts, onActivities, readFilter, type FigureFilter } from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { attributeOf } from "../../people/attributes.ts";
import { textOf } from "../../postgres/statement.ts";
import { asksAnything } from "../../people/filter.ts";

/** Most twins named for one department, and in all. */
const twinsOfDepartment = 3;
const twinsInAll = 30;
const latestShown = 10;

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
const nameOrNone = (row: "u" | "o") => `coalesce(nullif(${attributeOf(row, "department")}, '${noValue}'), '')`;

/** Facts of shared interactions: who asked (their department today), and whose twin. */
const shared = (filter: FigureFilter, values: unknown[]) => `
  shared as materialized (
    select d.n, d.twin_id, ${nameOrNone("u")} as asking, ${nameOrNone("o")} as owning,
      sum(d.shared_interactions)::int as interactions, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no
    from (select d.* from ${filteredFacts(filter, values)} and d.shared_interactions > 0) d
    left join users u on u.org_id = $1 and u.n = d.n
    left join twins t on t.org_id = $1 and t.id = d.twin_id
    left join users o on o.org_id = $1 and o.id = t.user_id
    group by 1, 2, 3, 4
  )`;

/** Counts of all; pairs of departments; of each department (people without one are no team) its most asked twins. */
const figures = (filter: FigureFilter, values: unknown[]) => `
  with ${shared(filter, values)},
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
    from ranked r left join twins t on t.org_id = $1 and t.id = r.twin_id
    where r.place <= ${twinsOfDepartment}
    order by r.share desc, r.interactions desc, r.department, r.twin_id limit ${twinsInAll}
  ),
  pair as (
    select asking, owning, sum(interactions)::int as interactions from shared group by 1, 2 order by 3 desc, 1, 2
  )
  select coalesce(sum(interactions), 0)::int as interactions, coalesce(sum(yes), 0)::int as yes, coalesce(sum(no), 0)::int as no,
    (select coalesce(json_agg(p), '[]') from pair p) as departments,
    (select coalesce(json_agg(l), '[]') from leaned_on l) as dependence
  from shared`;

type Figures = Pick<SharingAnswer, "departments" | "dependence"> & { interactions: number; yes: number; no: number };

async function readFigures(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<Omit<SharingAnswer, "timezone" | "not_applied" | "as_of_day" | "latest">> {
  const values: unknown[] = [tx.org_id, range.start_date, range.end_date];
  const [row] = await tx.query<Figures>({
    ...(asksAnything(filter) ? {} : { name: "sharing" }),
    text: figures(filter, values),
    values,
  });
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

async function readLatest(
  tx: Tx,
  actor: Actor,
  range: DayRange,
  dayRule: string,
  filter: FigureFilter,
): Promise<SharingAnswer["latest"]> {
  const values: unknown[] = [tx.org_id, range.start_date, range.end_date, dayRule];
  const asked = onActivities(tx.org_id, filter);
  const ofAsked = asked.length
    ? `and exists (select from activities a where a.org_id = $1 and a.id = i.activity_id and ${textOf(sql.join(asked, sql` and `), values)})`
    : "";
  const rows = await tx.query<SharingAnswer["latest"][number]>({
    ...(asksAnything(filter) ? {} : { name: "sharing_latest" }),
    text: `with latest as materialized (
        select * from shared_twin_interactions i
        where i.org_id = $1 and i.created_at >= start_of($2::date, $4) and i.created_at < start_of($3::date + 1, $4) ${ofAsked}
        order by i.created_at desc limit ${latestShown}
      )
      select i.activity_id, i.created_at as at, coalesce(u.full_name, 'Deleted user') as asking, i.twin_id,
        coalesce(t.name, 'Deleted twin') as twin_name, i.interaction_purpose, i.was_helpful
      from latest i
      left join users u on u.org_id = $1 and u.id = i.accessing_user_id and u.deleted_at is null
      left join twins t on t.org_id = $1 and t.id = i.twin_id
      order by i.created_at desc, i.activity_id desc`,
    values,
  });
  return seesTitles(actor) ? rows : rows.map((row) => ({ ...row, interaction_purpose: null }));
}
