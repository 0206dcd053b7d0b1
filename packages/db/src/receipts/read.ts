import type { Receipt, ReceiptInput } from "@twin/contracts/receipts";
import { type Actor, inTenant, type Tx } from "../actor.ts";
import { listChunkMarks } from "../backfills/chunk-marks.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { boundIds } from "../organizations/reach.ts";
import { factsFromRaw, pairsOfParameters } from "../metrics/facts.ts";
import { readCalendar } from "../metrics/local-days.ts";
import { installationsOf } from "../metrics/store-days.ts";
import { openDay } from "../metrics/verify.ts";
import { definitions } from "./definitions.ts";

type Stored = Pick<Receipt, "from" | "to" | "computed_at" | "job" | "last_record_at"> & {
  is_open: boolean;
  value: Receipt["value"] | null;
  rows: number;
  installations: number;
};

/**
 * Why a figure of a day is what it is: definition, sources with their raw rows, when it was computed and by which run, and
 * the same number from raw rows now, by the one definition of facts. Days of the seal are final and not computed again.
 * @throws DomainError BAD_REQUEST for a day in the future
 */
export function readReceipt(
  db: Database,
  actor: Actor,
  { day, figure }: ReceiptInput,
  now: Date = new Date(),
): Promise<Receipt> {
  return inTenant(db, actor, async (tx) => {
    const { time_zone, today } = await readCalendar(tx, now);
    if (day > today) {
      throw new DomainError("BAD_REQUEST", `is in the future: today is ${today} in ${time_zone}`, { path: "day" });
    }
    const { sentence, table, rows } = definitions[figure];
    const [stored] = await tx.query<Stored>({
      text: `with f as (
          select lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
          from (select day_start($2::date, $3) as lo, day_start($2::date + 1, $3) as hi) d
        )
        select f.lo as "from", f.hi as "to", d.updated_at as computed_at, d.last_record_at, to_jsonb(d.${figure}) as value,
          ${openDay("$2::date", "$3")} as is_open,
          (select count(*)::int from ${table} r where r.org_id = $1 and ${rows}) as rows, ${installationsOf} as installations,
          case when j.id is not null then jsonb_build_object('id', j.id, 'task', j.task, 'started_at', to_char(j.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as job
        from f join organizations o on o.id = $1
        left join daily_metrics d on d.org_id = $1 and d.metric_date = $2::date
        left join job_runs j on j.org_id = $1 and j.id = d.job_run_id`,
      values: [tx.org_id, day, time_zone],
    });
    const { is_open, rows: count, installations, value, ...known } = stored!;
    const nothing = figure === "platform_breakdown" ? {} : figure === "total_twin_installations" ? installations : 0;
    return {
      day,
      figure,
      value: value ?? nothing,
      definition: sentence,
      sources: [{ table, rows: is_open || count > 0 ? count : null }],
      timezone: time_zone,
      state: is_open ? (day === today ? "live" : "open") : "sealed",
      recomputed: is_open ? await recomputeFigure(tx, { day, figure }, time_zone) : null,
      ...known,
    };
  });
}

async function recomputeFigure(tx: Tx, { day, figure }: ReceiptInput, zone: string): Promise<Receipt["value"]> {
  const { marks } = await listChunkMarks(tx, { from: day, to: day }, zone);
  const people = marks.flatMap(({ ns }) => (ns ?? []).filter((n) => n !== null));
  const [row] = await tx.query<{ value: Receipt["value"] }>({
    text: `with ${pairsOfParameters}, ${factsFromRaw},
        f as (select day_start($7::date, $4) as lo, day_start($7::date + 1, $4) as hi)
      select to_jsonb(${definitions[figure].recompute}) as value from f`,
    values: [tx.org_id, people, people.map(() => day), zone, ...(await boundIds(tx, [day])), day],
  });
  return row!.value;
}
