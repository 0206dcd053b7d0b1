import { monthOf } from "@twin/contracts/calendar";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import type { Difference, Scope } from "./compare.ts";
import { recordKinds, timedTables, type TimedTable } from "../records/kinds.ts";
import { comparePeoplesBeginnings, compareSpellsBeginnings } from "./beginnings/verify.ts";
import { compareReach } from "./verify-reach.ts";
import { comparePersonDays } from "./facts/verify.ts";
import { readCalendar } from "../tenancy/calendar/local-days.ts";
import { compareRetention } from "./cohorts/verify.ts";
import { compareSessions } from "./verify-sessions.ts";
import { comparePersonMonths, compareTwinMonths } from "./months/verify.ts";
import { compareBits, comparePeriods, bitmapChunksOf } from "./bitmaps/verify.ts";
import { compareDailyMetrics } from "./days/verify.ts";
import { compareHours } from "./hours/verify.ts";
import { compareDaySums } from "./sums/verify.ts";
import { lockFigures, planOnce } from "./lock.ts";

export type VerifyOptions = {
  now: Date;
  /** First and last local day to look at; by default all that is stored. */
  from?: string;
  to?: string;
};

/** People compared in one transaction. */
const peopleAtOnce = 100;
/** (person, day)s, and days, compared in one statement. */
const daysAtOnce = 1_000;

/**
 * Recomputes every stored aggregate of the open days of the actor's organisation from raw rows, sessions included, in
 * bounded chunks, and yields each value that differs. It changes nothing. What is still marked as to be recomputed is
 * passed over, so that an organisation that goes on receiving records shows no differences either, and so is what only
 * the calendar has made due since figures were last brought up to date.
 */
export async function* verifyOrganization(
  db: Database,
  actor: Actor,
  options: VerifyOptions,
): AsyncGenerator<Difference> {
  const { now, from = "1970-01-01", to = "9999-12-31" } = options;
  const begun = performance.now();
  /** Days may end while it looks. */
  const scopeOf = async (tx: Tx): Promise<Scope> => {
    const at = new Date(now.getTime() + performance.now() - begun);
    const { day_rule, today, figures_day } = await readCalendar(tx, at);
    return { day_rule, today, figures_day, from, to };
  };
  /** Under the rollup's lock, so that no half-done work is seen; each comparison is one statement, so it sees one moment. */
  const look = <T>(read: (tx: Tx, scope: Scope) => Promise<T>): Promise<T> =>
    inTenant(db, actor, async (tx) => {
      await planOnce(tx);
      await lockFigures(tx, true);
      return read(tx, await scopeOf(tx));
    });

  for (let first = 0; ; first += peopleAtOnce) {
    const people = await look((tx) => listPeople(tx, first, peopleAtOnce));
    if (people === null) break;
    yield* await look((tx, scope) => comparePeople(tx, people, scope));
    yield* await look((tx, scope) => comparePeoplesBeginnings(tx, people, scope));
    const pairs = await look((tx, scope) => listPersonDays(tx, people, scope));
    for (const part of chunks(pairs, daysAtOnce)) {
      yield* await look((tx, scope) =>
        comparePersonDays(tx, { ns: part.map(({ n }) => n), days: part.map(({ day }) => day) }, scope),
      );
    }
    const months = [
      ...new Map(pairs.map(({ n, day }) => [`${n} ${monthOf(day)}`, { n, month: monthOf(day) }])).values(),
    ];
    yield* await look((tx, scope) =>
      comparePersonMonths(
        tx,
        months.map(({ n }) => n),
        months.map(({ month }) => month),
        scope,
      ),
    );
  }
  yield* await look((tx, scope) => compareSpellsBeginnings(tx, scope));
  for (const days of chunks(await look(listDays), 100)) {
    yield* await look((tx, scope) => compareDays(tx, days, scope));
  }
  yield* await inTenant(db, actor, async (tx) => compareReach(tx, await scopeOf(tx)));
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

const peopleFrom = statement(
  "figures.verify_people",
  { org_id: "int", first: "int", count: "int" },
  { last: "int?", ns: "int[]" },
  (p) => sql`
    select (select max(last) from (
        select max(n) as last from users where org_id = ${p.org_id} union all select max(n) from user_days where org_id = ${p.org_id}
        union all select max(n) from user_retention where org_id = ${p.org_id}
      ) m) as last,
      array(select n from generate_series(${p.first}, ${p.first} + ${p.count} - 1) n) as ns`,
  { plan: "each" },
);

/** The numbers [first, first + count) that facts or people have; null beyond the last. 0 stands for erased authors. */
async function listPeople(tx: Tx, first: number, count: number): Promise<number[] | null> {
  const [row] = await tx.query(peopleFrom({ org_id: tx.org_id, first, count }));
  const { last, ns } = row!;
  return first > (last ?? 0) ? null : ns.filter((n) => n <= (last ?? 0));
}

const personDays = statement(
  "figures.verify_person_days",
  { org_id: "int", ns: "int[]", rule: "day_rule", from: "date", to: "date" },
  { n: "int", day: "date" },
  (p) => {
    const raw = (table: TimedTable) =>
      sql`select p.n, day_of(r.${sql.raw(recordKinds[table].at)}, ${p.rule}) from person p join ${sql.raw(table)} r on r.org_id = ${p.org_id} and r.${sql.raw(recordKinds[table].owner)} = p.id`;
    const days = [
      ...timedTables.map(raw),
      sql`select 0, day_of(created_at, ${p.rule}) from messages where org_id = ${p.org_id} and user_id is null and 0 = any (${p.ns})`,
      sql`select n, day from user_days where org_id = ${p.org_id} and n = any (${p.ns})`,
      sql`select n, usage_date from feature_usage where org_id = ${p.org_id} and n = any (${p.ns})`,
      sql`select n, month from monthly_user_stats where org_id = ${p.org_id} and n = any (${p.ns})`,
    ];
    return sql`
    with person as materialized (
      select t.n, u.id from unnest(${p.ns}) t (n) left join users u on u.org_id = ${p.org_id} and u.n = t.n
    ), days (n, day) as (
      ${sql.join(days, sql`\n      union `)}
    )
    select d.n, d.day from days d join organizations o on o.id = ${p.org_id}
    where d.day >= ${p.from} and d.day <= ${p.to} and not is_sealed(d.day, o) order by d.day, d.n`;
  },
  { plan: "each" },
);

/** Days on which people have a raw row or a stored fact, within the scope and outside the seal. */
const listPersonDays = (tx: Tx, ns: readonly number[], { day_rule: rule, from, to }: Scope) =>
  tx.query(personDays({ org_id: tx.org_id, ns, rule, from, to }));

const storedDays = statement(
  "figures.verify_days",
  { org_id: "int", rule: "day_rule", from: "date", to: "date" },
  { day: "date" },
  (p) => sql`
    select d.day from (
      select metric_date as day from daily_metrics where org_id = ${p.org_id} union select day from user_days where org_id = ${p.org_id}
      union select usage_date from feature_usage where org_id = ${p.org_id} union select day from activity_hours where org_id = ${p.org_id}
      union select day from platform_days where org_id = ${p.org_id} union select day from feature_days where org_id = ${p.org_id}
      union select month from twin_months where org_id = ${p.org_id} union select start_date from active_periods where org_id = ${p.org_id}
      union select day from day_users where org_id = ${p.org_id} union select first_day from users where org_id = ${p.org_id}
      union select day_of(created_at, ${p.rule}) from users where org_id = ${p.org_id}
    ) d join organizations o on o.id = ${p.org_id}
    where d.day >= ${p.from} and d.day <= ${p.to} and not is_sealed(d.day, o) order by d.day`,
  { plan: "each" },
);

/** Days with anything stored about them, within the scope and outside the seal. */
async function listDays(tx: Tx, { day_rule: rule, from, to }: Scope): Promise<string[]> {
  return (await tx.query(storedDays({ org_id: tx.org_id, rule, from, to }))).map(({ day }) => day);
}

/** Compares people's derived sessions, their activities' sessions, first days and retention with raw rows and facts. */
async function comparePeople(tx: Tx, ns: readonly number[], scope: Scope): Promise<Difference[]> {
  return [...(await compareSessions(tx, ns, scope)), ...(await compareRetention(tx, ns, scope))];
}

/** Compares what is stored of days, and of twins in their months, with facts, people, installations and raw rows. */
async function compareDays(tx: Tx, days: string[], scope: Scope): Promise<Difference[]> {
  const chunks = await bitmapChunksOf(tx, days);
  return [
    ...(await compareDailyMetrics(tx, days, scope)),
    ...(await compareHours(tx, days, scope)),
    ...(await compareBits(tx, chunks, false)),
    ...(await compareBits(tx, chunks, true)),
    ...(await comparePeriods(tx, chunks)),
    ...(await compareDaySums(tx, days)),
    ...(await compareTwinMonths(tx, days)),
  ];
}
