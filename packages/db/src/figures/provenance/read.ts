import { addDays } from "@twin/contracts/calendar";
import type { Receipt, ReceiptInput } from "@twin/contracts/receipts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { listChunkMarks } from "../backfills/chunk-marks.ts";
import type { Database } from "../../postgres/connect.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { readBuckets } from "../metrics/buckets.ts";
import { factsFromRaw, pairsOfParameters } from "../facts/define.ts";
import { filteredFacts, onFacts, readFilter, type FigureFilter } from "../filter/filter.ts";
import { type Calendar, readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, inOne, rangeOf } from "../../tenancy/calendar/range.ts";
import { answersOf, definitionOf } from "./definitions.ts";
import { onRawRows, recomputedUnder } from "./raw-rows.ts";
import { asksAnything } from "../../people/filter.ts";

type Known = Pick<Receipt, "from" | "to" | "computed_at" | "job" | "last_record_at"> & {
  days: number;
  sealed: number;
  rows: number;
};

/** Run `j` as an answer holds it. */
const runOf = `jsonb_build_object('id', j.id, 'task', j.task, 'started_at', to_char(j.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

/**
 * Why a figure of some days is what it is: definition, sources with their raw rows, when it was computed and by which run;
 * of one day also the same number from raw rows now, by the one definition of facts. Days of the seal are final and not
 * computed again.
 * @throws DomainError BAD_REQUEST for a day in the future
 */
export function readReceipt(
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
    const { sentence, table, rows } = definitionOf(figure);
    const values: unknown[] = [tx.org_id, start_date, end_date, day_rule];
    const [known] = await tx.query<Known>({
      text: `with f as (
          select lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
          from (select start_of($2::date, $4) as lo, start_of($3::date + 1, $4) as hi) d
        )
        select f.lo as "from", f.hi as "to", m.computed_at, m.last_record_at, c.days, c.sealed, j.job,
          (select count(*)::int from ${table} r where r.org_id = $1 and ${rows}${onRawRows(table, filter, values)}) as rows
        from f
        cross join (
          select count(*)::int as days, (count(*) filter (where is_sealed(d.day::date, o)))::int as sealed
          from organizations o cross join generate_series($2::date::timestamp, $3::date::timestamp, interval '1 day') d (day)
          where o.id = $1
        ) c
        cross join (
          select max(updated_at) as computed_at, max(last_record_at) as last_record_at
          from daily_metrics where org_id = $1 and metric_date >= $2::date and metric_date <= $3::date
        ) m
        left join lateral (
          select ${runOf} as job from daily_metrics d join job_runs j on j.org_id = $1 and j.id = d.job_run_id
          where d.org_id = $1 and d.metric_date >= $2::date and d.metric_date <= $3::date order by d.updated_at desc limit 1
        ) j on true`,
      values,
    });
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

/** The figure as pages show it. */
async function readValue(
  tx: Tx,
  figure: Receipt["figure"],
  range: DayRange,
  calendar: Calendar,
  filter: FigureFilter,
): Promise<Receipt["value"]> {
  if (figure === "helpful") {
    const values: unknown[] = [tx.org_id, range.start_date, range.end_date];
    const [row] = await tx.query<{ value: Receipt["value"] }>({
      ...(asksAnything(filter) ? {} : { name: "receipt_helpful" }),
      text: `select ${answersOf("d")} as value from ${filteredFacts(filter, values)}`,
      values,
    });
    return row!.value;
  }
  const { totals } = await readBuckets(tx, inOne(range), filter, calendar);
  return (figure === "total_active_users" ? totals.active_users : totals[figure]) ?? 0;
}

async function recomputeFigure(
  tx: Tx,
  { day, figure }: { day: string; figure: Receipt["figure"] },
  dayRule: string,
  filter: FigureFilter,
): Promise<Receipt["value"]> {
  const { marks } = await listChunkMarks(tx, { from: day, to: day }, dayRule);
  const people = marks.flatMap(({ ns }) => (ns ?? []).filter((n) => n !== null));
  const values: unknown[] = [tx.org_id, people, people.map(() => day), dayRule, ...(await boundIds(tx, [day])), day];
  const recomputed = `select to_jsonb(${definitionOf(figure).recompute}) as value from f`;
  const under = asksAnything(filter)
    ? `select value from (with ${recomputedUnder(filter, onFacts(filter, values), values)} ${recomputed}) under_filter`
    : recomputed;
  const [row] = await tx.query<{ value: Receipt["value"] }>({
    text: `with ${pairsOfParameters}, ${factsFromRaw},
        f as (select start_of($7::date, $4) as lo, start_of($7::date + 1, $4) as hi)
      ${under}`,
    values,
  });
  return row!.value;
}
