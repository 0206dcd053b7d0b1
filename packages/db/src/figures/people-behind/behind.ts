import { addBuckets, lastDayOf } from "@twin/contracts/calendar";
import type { Filtered } from "@twin/contracts/filter";
import type { PeopleAnswer, PeopleInput } from "@twin/contracts/people";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { emailFor } from "../../people/masking.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { type Days, daysOf, filteredFacts, type FigureFilter, ofDays, readFilter } from "../filter/filter.ts";
import { type Calendar, readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { horizonOf } from "../retention/horizon.ts";
import { composed, type Places } from "../../postgres/statement.ts";
import {
  inOrder,
  isFurther,
  orderOf,
  type PeopleOrder,
  type Place,
  readPlace,
  writePlace,
} from "../../people/users/order.ts";
import { isNewBetween } from "../../people/users/created.ts";
import { activitiesOf } from "../../people/activities-of.ts";
import { passes } from "../../people/attributes.ts";
import { furtherFeatures, setOf } from "./sets.ts";
import { underFilter } from "../filter/under-filter.ts";

/**
 * The people of a figure: common table expressions (`with`, may be empty), a condition on users `u`, and how many the
 * figure counts, deleted ones among them.
 */
type Members = { with: SQL; isMember: SQL; total: SQL };
type MembersOf = (days: Places<typeof ofMembers>) => Members;
const ofMembers = { ...ofDays, rule: "day_rule" } as const;

const pageOfMembers = composed(
  "figures.people_behind",
  { ...ofMembers, limit: "int" },
  {
    n: "int",
    id: "uuid",
    full_name: "text",
    email: "text",
    department: "text?",
    created_at: "timestamptz",
    last_active_at: "timestamptz?",
  },
  (p, membersOf: MembersOf, asked: PeopleOrder, place: Place | null) => {
    const members = membersOf(p);
    return sql`${members.with}
    select u.n, u.id, u.full_name, u.email, u.department, u.created_at, u.last_active_at from users u
    where u.org_id = ${p.org_id} and u.deleted_at is null and ${members.isMember}
      and ${isFurther(asked, place)}
    order by ${inOrder(asked)} limit ${p.limit}`;
  },
);

const countOfMembers = composed(
  "figures.people_behind_counted",
  ofMembers,
  { total: "int", living: "int" },
  (p, membersOf: MembersOf) => {
    const members = membersOf(p);
    return sql`${members.with}
    select ${members.total} as total,
      (select count(*)::int from users u where u.org_id = ${p.org_id} and u.deleted_at is null and ${members.isMember}) as living`;
  },
);

/**
 * Lists the people whom a figure counts, in the order that is asked for; deleted ones are counted and not listed.
 * @throws BAD_REQUEST naming the field: an unknown user or twin, days in the future, a cursor that isn't ours or of another order
 */
export function listPeopleBehind(db: Database, actor: Actor, input: PeopleInput, now: Date): Promise<PeopleAnswer> {
  const asked = orderOf(input);
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const place = await readPlace(tx, asked, input.cursor);
    const { filter, not_applied } = await readFilter(tx, actor, input, takerOf(input));
    const range = rangeOf(input, calendar.today, calendar.time_zone);
    const { of, ...members } =
      input.cohort === undefined ? ofRange(filter, input, range, calendar) : ofCell(filter, input, calendar.today);
    const days = { ...daysOf(tx, members.range ?? range), rule: calendar.day_rule };
    const [rows, counts] = [
      await tx.query(pageOfMembers({ ...days, limit: input.limit + 1 }, of, asked, place)),
      await tx.query(countOfMembers(days, of)),
    ];
    const people = rows.slice(0, input.limit);
    const { total, living } = counts[0]!;
    return {
      people: people.map(({ n: _n, full_name, email, ...person }) => ({
        ...person,
        name: full_name,
        email: emailFor(actor, email)!,
      })),
      total,
      deleted: total - living,
      next_cursor: rows.length > input.limit ? writePlace(asked, people.at(-1)!) : null,
      not_applied,
    };
  });
}

/** Which filters apply to the figure. */
function takerOf({ who, cohort, feature, used = [], unused = [] }: PeopleInput): Filtered {
  if (cohort !== undefined || who === "first" || who === "back") return "people.cohort";
  if (who !== "used" && who !== "adopted" && who !== "together") return `people.${who}`;
  // `*` stands for every other feature: under a platform only for the system's own ones.
  const named = [...(feature === undefined ? [] : [feature]), ...used, ...unused].filter(
    (one) => one !== furtherFeatures,
  );
  return named.every((one) => Object.hasOwn(builtInFeatures, one)) ? "people.used" : "people.recorded";
}

/** The days of `range`, where `of` has its own; else the days that were asked for. */
type Counted = { of: MembersOf; range?: DayRange | undefined };

/** The people in a set. */
const inSet = (filter: FigureFilter, query: (days: Days) => SQL): MembersOf => {
  return (days) => ({
    with: sql`with member as materialized (${underFilter(filter, days.org_id, query(days))})`,
    isMember: sql`exists (select from member m where m.lane = u.n / 2048 and get_bit(m.bits, u.n % 2048) = 1)`,
    total: sql`(select coalesce(sum(bit_count(bits)), 0)::int from member)`,
  });
};

const newcomers =
  (filter: FigureFilter): MembersOf =>
  ({ org_id, from, to, rule }) => {
    const isMember = sql`${isNewBetween("u", sql`start_of(${from}, ${rule})`, sql`start_of(${to} + 1, ${rule})`)}
      and ${passes("u", filter)}`;
    return {
      with: sql``,
      isMember,
      total: sql`(select count(*)::int from users u where u.org_id = ${org_id} and ${isMember})`,
    };
  };

/** People of whom facts count something. */
const inFacts =
  (filter: FigureFilter, counted: string): MembersOf =>
  (days) => ({
    with: sql`with member as materialized (
        select distinct d.n from ${filteredFacts(filter, days)} and ${sql.raw(counted)} > 0 and d.n > 0
      )`,
    isMember: sql`exists (select from member m where m.n = u.n)`,
    total: sql`(select count(*)::int from member)`,
  });

function ofRange(filter: FigureFilter, input: PeopleInput, range: DayRange, { today }: Calendar): Counted {
  if (input.who === "new") return { of: newcomers(filter) };
  if (input.who === "asked") return { of: inFacts(filter, "d.shared_interactions") };
  if (input.who === "using") return { of: inFacts(filter, `${activitiesOf("d")} + d.user_messages`) };
  const set = setOf(input.who, input, { range, today });
  return { of: inSet(filter, set.query), range: set.range };
}

/** Both sets of a cell: who is in the cohort, and who was active then. */
function ofCell(filter: FigureFilter, input: PeopleInput, today: string): Counted {
  const { cohort, cohort_period: period, cell, mode = "first", match = "on" } = input;
  const horizon = horizonOf(match, input.until, today);
  const start = addBuckets(cohort!, period!, cell!);
  if (cohort! > today)
    throw new DomainError("BAD_REQUEST", `cohort ${cohort} lies in the future: today is ${today}`, { path: "cohort" });
  if (cell! > 0 && start > horizon.begun)
    throw new DomainError("BAD_REQUEST", `cell ${cell} of ${cohort} begins on ${start} and has no days yet`, {
      path: "cell",
    });
  const end = lastDayOf(start, period!);
  const active: DayRange = {
    start_date: start,
    end_date: match === "on" && end < horizon.last ? end : horizon.last,
  };
  const set = (name: string, kind: string, { org_id, from, to }: Days) => sql`${sql.raw(name)} as materialized (
      select lane, bit_or(bits) as bits from day_users
      where org_id = ${org_id} and kind = ${kind} and day >= ${from} and day <= ${to} group by lane
    )`;
  const kind = mode === "first" ? "first" : "active";
  const query = (days: Days) => {
    if (cell === 0) return sql`with ${set("cohort", kind, days)} select lane, bits from cohort`;
    const then = { ...days, from: sql`${active.start_date}::date`, to: sql`${active.end_date}::date` };
    return sql`with ${set("cohort", kind, days)}, ${set("active", "active", then)}
      select c.lane, c.bits & a.bits as bits from cohort c join active a using (lane)`;
  };
  const range = { start_date: cohort!, end_date: lastDayOf(cohort!, period!) };
  return { of: inSet(filter, query), range };
}
