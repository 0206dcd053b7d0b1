import { addDays, nextBucket } from "@twin/contracts/calendar";
import type { Filtered } from "@twin/contracts/filter";
import type { PeopleAnswer, PeopleInput } from "@twin/contracts/people";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import { emailFor } from "../../people/masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { filteredFacts, readFilter, type FigureFilter } from "../filter/filter.ts";
import { type Calendar, readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { horizonOf } from "../retention/horizon.ts";
import { textOf } from "../../postgres/statement.ts";
import { isNewWithin } from "../../people/users/created.ts";
import { passes } from "../../people/attributes.ts";
import { furtherFeatures, setOf } from "./sets.ts";
import { underFilter } from "../filter/under-filter.ts";

/**
 * The figure's people: a condition on users `u`, and how many the figure counts, deleted ones among them. `with` and
 * `total` use the parameters of `values`, of which `$1` is the organisation; `with` may be nothing.
 */
type Members = { with: string; isMember: string; total: string; values: unknown[] };

type Row = {
  n: number;
  id: string;
  full_name: string;
  email: string;
  department: string | null;
  created_at: string;
  last_active_at: string | null;
};

/**
 * Lists the people whom a figure counts, known last first; deleted ones are counted and not listed.
 * @throws BAD_REQUEST naming the field: an unknown user or twin, days in the future, a cursor that isn't ours
 */
export function listPeopleBehind(db: Database, actor: Actor, input: PeopleInput, now: Date): Promise<PeopleAnswer> {
  const before = input.cursor === undefined ? null : readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, takerOf(input));
    const members =
      input.cohort === undefined ? ofRange(tx, filter, input, calendar) : ofCell(tx, filter, input, calendar.today);
    const values = [...members.values, before, input.limit + 1];
    const [rows, counts] = [
      await tx.query<Row>({
        text: `${members.with}
          select u.n, u.id, u.full_name, u.email, u.department, u.created_at, u.last_active_at from users u
          where u.org_id = $1 and u.deleted_at is null and ${members.isMember}
            and ($${values.length - 1}::int is null or u.n < $${values.length - 1}::int)
          order by u.n desc limit $${values.length}::int`,
        values,
      }),
      await tx.query<{ total: number; living: number }>({
        text: `${members.with}
          select ${members.total} as total,
            (select count(*)::int from users u where u.org_id = $1 and u.deleted_at is null and ${members.isMember}) as living`,
        values: members.values,
      }),
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
      next_cursor: rows.length > input.limit ? writeCursor(people.at(-1)!.n) : null,
      not_applied,
    };
  });
}

/** Which filters there are for the figure that is asked about. */
function takerOf({ who, cohort, feature, used = [], unused = [] }: PeopleInput): Filtered {
  if (cohort !== undefined || who === "first" || who === "back") return "people.cohort";
  if (who !== "used" && who !== "adopted" && who !== "together") return `people.${who}`;
  // `*` stands for whatever else was used: under a platform the system's own features alone.
  const named = [...(feature === undefined ? [] : [feature]), ...used, ...unused].filter(
    (one) => one !== furtherFeatures,
  );
  return named.every((one) => Object.hasOwn(builtInFeatures, one)) ? "people.used" : "people.recorded";
}

const writeCursor = (n: number): string => `n${n.toString(36)}`;

function readCursor(text: string): number {
  const n = /^n[0-9a-z]{1,6}$/.test(text) ? Number.parseInt(text.slice(1), 36) : Number.NaN;
  if (!(n > 0 && n < 2 ** 31))
    throw new DomainError("BAD_REQUEST", "must be next_cursor of an earlier answer", { path: "cursor" });
  return n;
}

const inSet = "exists (select from member m where m.lane = u.n / 2048 and get_bit(m.bits, u.n % 2048) = 1)";
const setSize = "(select coalesce(sum(bit_count(bits)), 0)::int from member)";

function ofRange(tx: Tx, filter: FigureFilter, input: PeopleInput, calendar: Calendar): Members {
  const range = rangeOf(input, calendar.today, calendar.time_zone);
  const days = ({ start_date, end_date }: DayRange): unknown[] => [tx.org_id, start_date, end_date];
  if (input.who === "new") {
    const values = [...days(range), calendar.day_rule];
    const isMember = `${isNewWithin("u", "start_of($2::date, $4)", "start_of($3::date + 1, $4)")}
      and ${textOf(passes("u", filter), values)}`;
    return {
      with: "",
      isMember,
      total: `(select count(*)::int from users u where u.org_id = $1 and ${isMember})`,
      values,
    };
  }
  if (input.who === "asked") {
    const values = days(range);
    return {
      with: `with member as materialized (
        select distinct d.n from ${filteredFacts(filter, values)} and d.shared_interactions > 0 and d.n > 0
      )`,
      isMember: "exists (select from member m where m.n = u.n)",
      total: "(select count(*)::int from member)",
      values,
    };
  }
  const set = setOf(input.who, input, { range, today: calendar.today });
  const values = [...days(set.range ?? range), ...set.values];
  return { with: memberOf(filter, set.text, values), isMember: inSet, total: setSize, values };
}

const memberOf = (filter: FigureFilter, set: string, values: unknown[]): string =>
  `with member as materialized (${underFilter(filter, set, values)})`;

/** Both sets of a cell: who is in the cohort, and who was active then. */
function ofCell(tx: Tx, filter: FigureFilter, input: PeopleInput, today: string): Members {
  const { cohort, cohort_period: period, cell, mode = "first", match = "on" } = input;
  const horizon = horizonOf(match, input.until, today);
  let start = cohort!;
  for (let at = 0; at < cell!; at++) start = nextBucket(start, period!);
  if (cohort! > today)
    throw new DomainError("BAD_REQUEST", `cohort ${cohort} lies in the future: today is ${today}.`, { path: "cohort" });
  if (cell! > 0 && start > horizon.begun)
    throw new DomainError("BAD_REQUEST", `cell ${cell} of ${cohort} begins on ${start} and has no days yet.`, {
      path: "cell",
    });
  const end = addDays(nextBucket(start, period!), -1);
  const active: DayRange = {
    start_date: start,
    end_date: match === "on" && end < horizon.last ? end : horizon.last,
  };
  const set = (name: string, kind: string, lo: string, hi: string) => `${name} as materialized (
      select lane, bit_or(bits) as bits from day_users
      where org_id = $1 and kind = ${kind} and day >= ${lo}::date and day <= ${hi}::date group by lane
    )`;
  const both = cell! > 0;
  const values: unknown[] = [
    tx.org_id,
    mode === "first" ? "first" : "active",
    cohort,
    addDays(nextBucket(cohort!, period!), -1),
    ...(both ? [active.start_date, active.end_date] : []),
  ];
  const text = `with ${set("cohort", "$2::text", "$3", "$4")}${both ? `, ${set("active", "'active'", "$5", "$6")}` : ""}
    ${both ? "select c.lane, c.bits & a.bits as bits from cohort c join active a using (lane)" : "select lane, bits from cohort"}`;
  return { with: memberOf(filter, text, values), isMember: inSet, total: setSize, values };
}
