import type { RowsDue, LifecyclePlan } from "@twin/contracts/lifecycle";
import { addDays } from "@twin/contracts/calendar";
import { type DataType, dataTypes } from "@twin/contracts/policies";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";
import { type ComingRun, listComingRuns } from "./coming-runs.ts";
import {
  countDays,
  type DayCounts,
  ofEachType,
  monthsOf,
  readOldestDays,
  sumDays,
  type Tables,
} from "../policies/day-counts.ts";
import { recordKinds, type RecordTable, recordTables } from "../records/kinds.ts";
import { type Holds, isHeldActivity, readHolds } from "../policies/holds.ts";
import { planRun } from "./plan.ts";
import { readPolicies } from "../policies/policies.ts";
import { rowsDueOf, readRowSizes } from "../policies/row-sizes.ts";
import { type NextRun, readNextRun } from "./schedule.ts";
import { quietDays } from "./seal.ts";

/** Days that forecasts look ahead. */
export const forecastDays = 60;

/** What one run deletes of one kind of data. */
export type DueOfRun = ComingRun & { data_type: DataType; going: RowsDue };

/** The one count of what coming runs delete, for forecast and storage. */
export type Forecast = {
  next: NextRun;
  /** The runs of the next nights, and on to the end of the year. */
  runs: ComingRun[];
  rowsByRun: DueOfRun[];
  /** Rows that are deleted within `forecastDays`, by local month. */
  goes: Record<DataType, Map<string, Tables>>;
};

/**
 * What coming runs delete of the rows stored now, by the policies in force and those that are pending. The next run deletes
 * what its plan says. Rows that are older than the policy by then and can't be deleted yet are counted one by one: they are
 * deleted once their days can be sealed, which is `quietDays` later at most unless more records come for these days. All
 * rows that become due later are counted from figures of their days.
 */
export async function readForecast(tx: Tx, now: Date): Promise<Forecast> {
  const next = await readNextRun(tx, now);
  const until = [addDays(next.run_day, forecastDays - 1), `${next.today.slice(0, 4)}-12-31`].sort().at(-1)!;
  const runs = await listComingRuns(tx, await readPolicies(tx, now), next.run_day, until);
  const holds = await readHolds(tx);
  if (holds.organization)
    return {
      next,
      runs,
      rowsByRun: [],
      goes: ofEachType(() => new Map()),
    };
  const plan = await planRun(tx, new Date(next.run_at), next.time_zone);
  const [counts, older] = [await countDays(tx, holds), await countOlder(tx, runs[0]!, holds, next.day_rule)];
  const oldest = await readOldestDays(tx, holds);
  const sizes = await readRowSizes(tx);
  const rowsByRun = dataTypes.flatMap((data_type): DueOfRun[] => {
    const tonight = plan.steps.find((step) => step.data_type === data_type)!.going;
    const later = runs.slice(1).map((run, index): DueOfRun => {
      const first = runs[index]!.cut_days[data_type];
      const from = oldest[data_type] !== null && oldest[data_type] > first ? oldest[data_type] : first;
      return { ...run, data_type, going: rowsDueOf(sumDays(counts[data_type], from, run.cut_days[data_type]), sizes) };
    });
    const waiting = rowsDueOf(waitingOf(older[data_type], rowsGoing(plan, data_type)), sizes);
    const final = later[quietDays - 1]!;
    final.going = both(final.going, waiting);
    return [{ ...runs[0]!, data_type, going: tonight }, ...later];
  });
  return { next, runs, rowsByRun, goes: goesOf(runs, counts, older, oldest) };
}

/** Rows by local month. */
type Older = Record<DataType, Map<string, Tables>>;

type Held = { org_id: SQL; held_ids: SQL };
const isHeld = (table: RecordTable, p: Held): SQL => {
  const activity = table === "activities" ? "id" : recordKinds[table].activity;
  if (activity === null) return sql`x.user_id = any (${p.held_ids})`;
  return sql`exists (
        select from activities a
        where a.org_id = ${p.org_id} and a.id = x.${sql.raw(activity)} and ${isHeldActivity(sql`a`, p.held_ids)}
      )`;
};

const olderParams = { org_id: "int", cut_day: "date", day_rule: "day_rule" } as const;
const olderRow = { month: "date", rows: "int" } as const;
type OlderThan = { org_id: SQL; cut_day: SQL; day_rule: SQL };

/** By table. There is a statement that ignores holds, because most organisations have none. */
const olderRows = new Map(
  recordTables.map((table) => {
    const { id } = recordKinds[table];
    const older = (p: OlderThan, condition: SQL) => sql`
        select date_trunc('month', day_of(uuid_time(x.${sql.raw(id)}), ${p.day_rule}))::date as month, count(*)::int as rows
        from ${sql.raw(table)} x
        where x.org_id = ${p.org_id} and x.${sql.raw(id)} < uuid_floor(start_of(${p.cut_day}, ${p.day_rule}))${condition}
        group by 1`;
    const all = statement(`lifecycle.older_${table}`, olderParams, olderRow, (p) => older(p, sql``));
    const butHeld = statement(
      `lifecycle.older_${table}_but_held`,
      { ...olderParams, held_ids: "uuid[]" },
      olderRow,
      (p) => older(p, sql` and not ${isHeld(table, p)}`),
    );
    return [table, { all, butHeld }];
  }),
);

/** Rows older than the policy at a run, but for those that a hold keeps, counted one by one. */
async function countOlder(tx: Tx, run: ComingRun, { user_ids: held_ids }: Holds, day_rule: string): Promise<Older> {
  const older: Older = ofEachType(() => new Map());
  for (const table of recordTables) {
    const { ages_with } = recordKinds[table];
    const { all, butHeld } = olderRows.get(table)!;
    const olderThan = { org_id: tx.org_id, cut_day: run.cut_days[ages_with], day_rule };
    const rows = await tx.query(held_ids.length > 0 ? butHeld({ ...olderThan, held_ids }) : all(olderThan));
    for (const { month, rows: count } of rows)
      older[ages_with].set(month, { ...older[ages_with].get(month), [table]: count });
  }
  return older;
}

/** Rows of a kind that the next run deletes; messages that aren't summarised are deleted with their activities. */
function rowsGoing({ steps }: LifecyclePlan, data_type: DataType): Tables {
  const of = (type: DataType) => steps.find((step) => step.data_type === type)!.going.tables;
  if (data_type !== "messages") return of(data_type);
  return { messages: (of("messages")["messages"] ?? 0) + (of("activities")["messages"] ?? 0) };
}

/** Rows that the next run leaves. People to be erased don't wait for anything. */
function waitingOf(older: Map<string, Tables>, tonight: Tables) {
  const all = sumDays(older, "0001-01-01", "9999-12-31");
  const tables = Object.fromEntries(
    Object.entries(all.tables).flatMap(([table, rows]) => {
      const left = rows - (tonight[table] ?? 0);
      return left > 0 ? [[table, left]] : [];
    }),
  );
  const any = Object.keys(tables).length > 0;
  return { tables, first_day: any ? all.first_day : null, last_day: any ? all.last_day : null };
}

function both(a: RowsDue, b: RowsDue): RowsDue {
  const tables: Tables = { ...a.tables };
  for (const [table, rows] of Object.entries(b.tables)) tables[table] = (tables[table] ?? 0) + rows;
  const days = [a.first_day, a.last_day, b.first_day, b.last_day].filter((day) => day !== null).sort();
  return {
    tables,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    first_day: days[0] ?? null,
    last_day: days.at(-1) ?? null,
  };
}

/** Adds up what several runs take. */
export const sumOf = (rowsByRun: readonly DueOfRun[]): RowsDue =>
  rowsByRun.reduce((sum, { going }) => both(sum, going), {
    tables: {},
    rows: 0,
    bytes: 0,
    first_day: null,
    last_day: null,
  } as RowsDue);

function goesOf(
  runs: readonly ComingRun[],
  counts: DayCounts,
  older: Older,
  oldest: Record<DataType, string | null>,
): Forecast["goes"] {
  const last = runs[Math.min(forecastDays, runs.length) - 1]!;
  return Object.fromEntries(
    dataTypes.map((data_type) => {
      const goes = new Map(older[data_type]);
      const [cut, end] = [runs[0]!.cut_days[data_type], last.cut_days[data_type]];
      const from = oldest[data_type] !== null && oldest[data_type] > cut ? oldest[data_type] : cut;
      for (const { month, before } of from < end ? monthsOf(from, addDays(end, -1)) : []) {
        const { tables } = sumDays(counts[data_type], month > from ? month : from, before < end ? before : end);
        const was = goes.get(month) ?? {};
        goes.set(
          month,
          Object.fromEntries(
            [...new Set([...Object.keys(was), ...Object.keys(tables)])].map((table) => [
              table,
              (was[table] ?? 0) + (tables[table] ?? 0),
            ]),
          ),
        );
      }
      return [data_type, goes];
    }),
  ) as Forecast["goes"];
}
