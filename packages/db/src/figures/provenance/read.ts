import { addDays } from "@twin/contracts/calendar";
import type { Receipt, ReceiptInput } from "@twin/contracts/receipts";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { listChunkMarks } from "../backfills/chunk-marks.ts";
import type { Database } from "../../postgres/connect.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { readBuckets } from "../metrics/buckets.ts";
import { factsFromRaw, pairsOfParameters } from "../facts/define.ts";
import { filtered } from "../filter/filtered.ts";
import { daysOf, filteredFacts, type FigureFilter, ofDays, onFacts, readFilter } from "../filter/filter.ts";
import { type Calendar, readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, inOne, rangeOf } from "../../tenancy/calendar/range.ts";
import { answersOf, type Definition, definitionOf } from "./definitions.ts";
import { onRawRows, recomputedUnder } from "./raw-rows.ts";
import { asksAnything } from "../../people/filter.ts";
import { composed, only } from "../../postgres/statement.ts";

/** Run `j` as an answer holds it. */
const runOf = sql.raw(
  `jsonb_build_object('id', j.id, 'task', j.task, 'started_at', to_char(j.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`,
);

const knownOf = composed(
  "figures.receipt",
  { ...ofDays, rule: "day_rule" },
  {
    from: "timestamptz",
    to: "timestamptz",
    computed_at: "timestamptz?",
    last_record_at: "timestamptz?",
    days: "int",
    sealed: "int",
    job: only<Receipt["job"]>("jsonb?"),
    rows: "int",
  },
  (p, { table, rows }: Definition, filter: FigureFilter) => sql`
    with f as (
      select lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
      from (select start_of(${p.from}, ${p.rule}) as lo, start_of(${p.to} + 1, ${p.rule}) as hi) d
    )
    select f.lo as "from", f.hi as "to", m.computed_at, m.last_record_at, c.days, c.sealed, j.job,
      (select count(*)::int from ${sql.raw(table)} r where r.org_id = ${p.org_id} and ${sql.raw(rows)}${onRawRows(table, filter, p.org_id)}) as rows
    from f
    cross join (
      select count(*)::int as days, (count(*) filter (where is_sealed(d.day::date, o)))::int as sealed
      from organizations o cross join generate_series(${p.from}::timestamp, ${p.to}::timestamp, interval '1 day') d (day)
      where o.id = ${p.org_id}
    ) c
    cross join (
      select max(updated_at) as computed_at, max(last_record_at) as last_record_at
      from daily_metrics where org_id = ${p.org_id} and metric_date >= ${p.from} and metric_date <= ${p.to}
    ) m
    left join lateral (
      select ${runOf} as job from daily_metrics d join job_runs j on j.org_id = ${p.org_id} and j.id = d.job_run_id
      where d.org_id = ${p.org_id} and d.metric_date >= ${p.from} and d.metric_date <= ${p.to} order by d.updated_at desc limit 1
    ) j on true`,
);

/**
 * Why a figure of some days is what it is: definition, sources with their raw rows, when it was computed and by which run;
 * of one day also the same number from raw rows now, by the one definition of facts. Days of the seal are final and not
 * computed again.
 * @throws DomainError BAD_REQUEST for a day in the future
 */
export function readProvenance(
  db: Database,
  actor: Actor,
  { figure, ...asked }: ReceiptInput,
  now: Date,
): Promise<Receipt> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const { time_zone, day_rule, today } = calendar;
    const { start_date, end_date } = rangeOf(asked, today, time_zone);
    const own = figure === "new_users" || figure === "total_twin_installations";
    const answer = own ? (`receipts.${figure}` as const) : "receipts.read";
    const { filter, not_applied } = await readFilter(tx, actor, asked, answer);
    const definition = definitionOf(figure);
    const { sentence, table } = definition;
    const stretch = { ...daysOf(tx, { start_date, end_date }), rule: day_rule };
    const [known] = await tx.query(knownOf(stretch, definition, filter));
    const { days, sealed, rows: count, ...moments } = known!;
    // Means and shares leave today out, unless there is no other day.
    const isOverFinished = ofFinished.has(figure) && start_date < today && end_date === today;
    const counted = { start_date, end_date: isOverFinished ? addDays(today, -1) : end_date };
    const live = end_date === today ? 1 : 0;
    const one = start_date === end_date && sealed === 0;
    return {
      start_date,
      end_date,
      figure,
      value: await readValue(tx, figure, counted, calendar, filter),
      definition:
        (start_date === end_date ? sentence : inSeveralDays(sentence)) +
        (isOverFinished ? " Today isn't over and is left out." : ""),
      sources: [{ table, rows: sealed < days || count > 0 ? count : null }],
      timezone: time_zone,
      not_applied,
      days: { live, open: days - sealed - live, sealed },
      recomputed: one ? await recomputeFigure(tx, { day: start_date, figure }, day_rule, filter) : null,
      ...moments,
    };
  });
}

/** Figures that are a mean or a share. */
const ofFinished: ReadonlySet<Receipt["figure"]> = new Set(["avg_session_duration_seconds", "helpful"]);

const inSeveralDays = (sentence: string) =>
  sentence.replace("on the day", "in these days").replace("of the day", "of these days");

const helpfulOf = filtered(
  "figures.receipt_helpful",
  ofDays,
  { value: only<Receipt["value"]>("jsonb") },
  (p, filter) => sql`
    select ${sql.raw(answersOf("d"))} as value from ${filteredFacts(filter, p)}`,
);

/** The figure as pages show it. */
async function readValue(
  tx: Tx,
  figure: Receipt["figure"],
  range: DayRange,
  calendar: Calendar,
  filter: FigureFilter,
): Promise<Receipt["value"]> {
  if (figure === "helpful") {
    const [row] = await tx.query(helpfulOf(daysOf(tx, range), filter));
    return row!.value;
  }
  const { totals } = await readBuckets(tx, inOne(range), filter, calendar);
  return (figure === "total_active_users" ? totals.active_users : totals[figure]) ?? 0;
}

/** SQL that counts its parameters, with those that stand for them. */
const withPlaces = (text: string, ...places: SQL[]): SQL =>
  sql.join(
    text
      .split(/\$(\d+)(?:::[a-z]+(?:\[\])?)?/)
      .map((part, at) => (at % 2 === 0 ? sql.raw(part) : places[Number(part) - 1]!)),
  );

const recomputedOf = composed(
  "figures.receipt_recomputed",
  {
    org_id: "int",
    people: "int[]",
    days: "date[]",
    rule: "day_rule",
    lo_id: "uuid",
    hi_id: "uuid",
    day: "date",
  },
  { value: only<Receipt["value"]>("jsonb") },
  (p, { recompute }: Definition, filter: FigureFilter) => {
    const recomputed = sql`select to_jsonb(${withPlaces(recompute, p.org_id)}) as value from f`;
    const under = asksAnything(filter)
      ? sql`select value from (with ${recomputedUnder(filter, onFacts(filter, p.org_id), p.org_id)} ${recomputed}) under_filter`
      : recomputed;
    const facts = `${pairsOfParameters}, ${factsFromRaw}`;
    return sql`
      with ${withPlaces(facts, p.org_id, p.people, p.days, p.rule, p.lo_id, p.hi_id)},
        f as (select start_of(${p.day}, ${p.rule}) as lo, start_of(${p.day} + 1, ${p.rule}) as hi)
      ${under}`;
  },
);

async function recomputeFigure(
  tx: Tx,
  { day, figure }: { day: string; figure: Receipt["figure"] },
  rule: string,
  filter: FigureFilter,
): Promise<Receipt["value"]> {
  const { marks } = await listChunkMarks(tx, { from: day, to: day }, rule);
  const people = marks.flatMap(({ ns }) => (ns ?? []).filter((n) => n !== null));
  const [lo_id, hi_id] = await boundIds(tx, [day]);
  const values = { org_id: tx.org_id, people, days: people.map(() => day), rule, lo_id, hi_id, day };
  const [row] = await tx.query(recomputedOf(values, definitionOf(figure), filter));
  return row!.value;
}
