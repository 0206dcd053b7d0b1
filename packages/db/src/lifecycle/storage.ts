import type { LifecycleStorage } from "@twin/contracts/lifecycle";
import { sql } from "drizzle-orm";
import { type DataType, dataTypes } from "@twin/contracts/policies";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { countDays, type DayCounts, monthsOf, readOldestDays, sumDays, type Tables } from "../policies/day-counts.ts";
import { recordKinds, recordTables } from "../records/kinds.ts";
import { readPolicies } from "../policies/policies.ts";
import { readRowSizes, type RowSizes, weigh } from "../policies/row-sizes.ts";
import { readForecast } from "./rows-due.ts";
import { only, statement } from "../postgres/statement.ts";

type Lane = LifecycleStorage["lanes"][number];
type Kind = Lane["data_type"];

const kinds = dataTypes.filter((type): type is Kind => type !== "deleted_users");
const nobodyHeld = { organization: false, user_ids: [] };

/** Most rows of a month that are counted one by one; more are estimated from its figures. */
const countedAtMost = 100_000;

/**
 * How many rows, and about how many bytes, the actor's organisation has, by month and table, and how fast that grows.
 * Months without a purge are counted by their figures, which know the uses of features but not their events: those are left
 * out. Months that a purge has reached are counted row by row, as long as that is quick.
 */
export function readStorage(db: Database, actor: Actor, _input: object = {}, now: Date): Promise<LifecycleStorage> {
  return inTenant(db, actor, async (tx) => {
    const { next, goes } = await readForecast(tx, now);
    const { today, day_rule } = next;
    const policies = await readPolicies(tx, now);
    const sizes = await readRowSizes(tx);
    const counts = await countDays(tx, nobodyHeld);
    const oldest = await readOldestDays(tx, nobodyHeld);
    const purged = await readPurgedDays(tx);
    const lanes: Lane[] = [];
    for (const data_type of kinds) {
      const { keep, cut_day } = policies[data_type];
      const lane: Lane = { data_type, keep, cut_day, rows: 0, bytes: 0, tables: {}, months: [] };
      for (const { month, before } of oldest[data_type] === null ? [] : monthsOf(oldest[data_type], today)) {
        const figures = sumDays(counts[data_type], month, before).tables;
        const isWhole = purged[data_type] === null || month >= purged[data_type];
        const tables = isWhole ? figures : await countRows(tx, data_type, month, before, day_rule, figures);
        const { rows, bytes } = weigh(tables, sizes);
        const { feature_events: _, ...going } = goes[data_type].get(month) ?? {};
        lane.months.push({ month, rows, bytes, goes: weigh(going, sizes).rows });
        addTables(lane, tables, sizes);
      }
      lanes.push(lane);
    }
    return {
      is_estimate: true,
      lanes,
      growth: growthOf(counts, sizes, today),
      partitions: await readPartitions(tx, now),
    };
  });
}

function addTables(lane: Lane, tables: Tables, sizes: RowSizes): void {
  for (const [table, rows] of Object.entries(tables)) {
    const { bytes } = weigh({ [table]: rows }, sizes);
    const was = lane.tables[table] ?? { rows: 0, bytes: 0 };
    lane.tables[table] = { rows: was.rows + rows, bytes: was.bytes + bytes };
    lane.rows += rows;
    lane.bytes += bytes;
  }
}

const purgedDays = statement(
  "lifecycle.purged_days",
  { org_id: "int" },
  { data_type: only<DataType>("text"), day: "date" },
  (p) => sql`
    select r.data_type, day_of(max(r.cut), day_rule_of(o)) as day
    from organizations o join lifecycle_runs r on r.org_id = o.id
    where o.id = ${p.org_id} and r.cut is not null group by r.data_type, o.id`,
  { plan: "each" },
);

/** The local day before which rows of each kind may have been deleted, by the reports; null where nothing was. */
async function readPurgedDays(tx: Tx): Promise<Record<Kind, string | null>> {
  const rows = await tx.query(purgedDays({ org_id: tx.org_id }));
  const days = new Map(rows.map(({ data_type, day }) => [data_type, day]));
  return Object.fromEntries(kinds.map((kind) => [kind, days.get(kind) ?? null])) as Record<Kind, string | null>;
}

/** Months are counted by figures, which know the uses of features but not their events. */
const countedTables = recordTables.filter((table) => table !== "feature_events");
const rowsOfMonth = new Map(
  countedTables.map((table) => [
    table,
    statement(
      `lifecycle.rows_of_month_in_${table}`,
      { org_id: "int", month: "date", before: "date", day_rule: "day_rule" },
      { rows: "int" },
      (p) => sql`
          select count(*)::int as rows from (
            select from ${sql.raw(table)} x where x.org_id = ${p.org_id}
              and x.${sql.raw(recordKinds[table].id)} >= uuid_floor(start_of(${p.month}, ${p.day_rule}))
              and x.${sql.raw(recordKinds[table].id)} < uuid_floor(start_of(${p.before}, ${p.day_rule}))
            limit ${sql.raw(String(countedAtMost))}
          ) x`,
      { plan: "each" },
    ),
  ]),
);

/** What is left of a month, row by row; where there is more than `countedAtMost`, what its figures say. */
async function countRows(
  tx: Tx,
  kind: Kind,
  month: string,
  before: string,
  day_rule: string,
  figures: Tables,
): Promise<Tables> {
  const tables: Tables = {};
  for (const table of countedTables.filter((one) => recordKinds[one].ages_with === kind)) {
    const [counted] = await tx.query(rowsOfMonth.get(table)!({ org_id: tx.org_id, month, before, day_rule }));
    tables[table] = counted!.rows < countedAtMost ? counted!.rows : Math.max(countedAtMost, figures[table] ?? 0);
  }
  return tables;
}

/** Rows and bytes of a month, by the last three whole months. */
function growthOf(counts: DayCounts, sizes: RowSizes, today: string): LifecycleStorage["growth"] {
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const back = (months: number) => new Date(Date.UTC(year, month - 1 - months, 1)).toISOString().slice(0, 10);
  const between = (from: string, before: string) => {
    const sums = kinds.map((kind) => weigh(sumDays(counts[kind], from, before).tables, sizes));
    return {
      rows: sums.reduce((sum, { rows }) => sum + rows, 0),
      bytes: sums.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
  const [late, early] = [between(back(3), back(0)), between(back(6), back(3))];
  return {
    rows: Math.round(late.rows / 3),
    bytes: Math.round(late.bytes / 3),
    trend: early.rows === 0 ? null : late.rows / early.rows,
  };
}

const partitionHeadroom = statement(
  "lifecycle.partition_headroom",
  { now: "timestamptz" },
  { ready_until: "date", months_ahead: "int" },
  (p) => sql`
    select m.last as ready_until, ((extract(year from m.last) - extract(year from t.month)) * 12 + extract(month from m.last) - extract(month from t.month))::int as months_ahead
    from (
      select max(to_date(right(c.relname, 7), 'YYYY_MM')) as last
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'public.messages'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
    ) m cross join (select date_trunc('month', ${p.now} at time zone 'UTC')::date as month) t`,
);

async function readPartitions(tx: Tx, now: Date): Promise<LifecycleStorage["partitions"]> {
  const [row] = await tx.query(partitionHeadroom({ now: now.toISOString() }));
  return row!;
}
