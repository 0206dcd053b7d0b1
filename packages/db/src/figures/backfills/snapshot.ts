import type { BackfillChange } from "@twin/contracts/backfills";
import type { BackfillKind } from "@twin/contracts/vocabulary";
import type { Tx } from "../../tenancy/actor.ts";
import { factColumns } from "../facts/define.ts";
import { dayColumns } from "../days/define.ts";

/** Whose and which figures a chunk writes. */
export type Reach = { days: string[]; people: number[]; months: string[] };

type Value = BackfillChange["before"];
type StoredRow = { table: string; day: string; key: string; values: Record<string, Value> };

type Source = {
  table: string;
  kinds: readonly BackfillKind[];
  day: string;
  key: string;
  columns: readonly string[];
  where: string;
};

/** `$2` days, `$3` people, `$4` months. A set is shown as its size; its digest tells sets of one size apart. */
const sources: readonly Source[] = [
  {
    table: "daily_metrics",
    kinds: ["metrics"],
    day: "metric_date",
    key: "''",
    columns: [...dayColumns, "new_users", "total_twin_installations"],
    where: "metric_date = any ($2::date[])",
  },
  {
    table: "user_days",
    kinds: ["metrics"],
    day: "day",
    key: "concat_ws(' ', n, twin_id, platform)",
    columns: factColumns,
    where: "day = any ($2::date[])",
  },
  {
    table: "feature_usage",
    kinds: ["metrics"],
    day: "usage_date",
    key: "concat_ws(' ', n, feature_name)",
    columns: ["usage_count", "last_used_at"],
    where: "usage_date = any ($2::date[])",
  },
  {
    table: "platform_days",
    kinds: ["metrics"],
    day: "day",
    key: "platform",
    columns: factColumns,
    where: "day = any ($2::date[])",
  },
  {
    table: "feature_days",
    kinds: ["metrics"],
    day: "day",
    key: "feature_name",
    columns: ["usage_count"],
    where: "day = any ($2::date[])",
  },
  {
    table: "twin_months",
    kinds: ["metrics"],
    day: "month",
    key: "twin_id",
    columns: ["activities"],
    where: "month = any ($4::date[])",
  },
  {
    table: "activity_hours",
    kinds: ["metrics"],
    day: "day",
    key: "platform",
    columns: ["array_to_string(hours, ' ') as hours"],
    where: "day = any ($2::date[])",
  },
  {
    table: "user_retention",
    kinds: ["metrics", "retention"],
    day: "cohort_date",
    key: "n",
    columns: ["cohort_date", "day_1_active", "day_7_active", "day_30_active", "total_sessions"],
    where: "n = any ($3::int[])",
  },
  {
    table: "monthly_user_stats",
    kinds: ["metrics", "monthly"],
    day: "month",
    key: "n",
    columns: ["session_count", "activity_count", "duration_sum", "duration_n"],
    where: "n = any ($3::int[]) and month = any ($4::date[])",
  },
];

const tablesOfSets = new Set(["day_users", "active_periods"]);

/** Every figure that a chunk of this kind may write, as it is stored now. */
export async function takeSnapshot(tx: Tx, what: BackfillKind, { days, people, months }: Reach): Promise<StoredRow[]> {
  const values = [tx.org_id, days, people, months];
  const rows: StoredRow[] = [];
  for (const { table, kinds, day, key, columns, where } of sources) {
    if (!kinds.includes(what)) continue;
    const found = await tx.query<Record<string, Value> & { "?day": string; "?key": string }>({
      name: `backfill_snapshot_${table}`,
      // Each statement has all parameters, used or not.
      text: `with p as (select $2::date[] as days, $3::int[] as people, $4::date[] as months)
        select ${day} as "?day", (${key})::text as "?key", ${columns.join(", ")} from ${table} where org_id = $1 and ${where}`,
      values,
    });
    for (const { "?day": on, "?key": name, ...stored } of found)
      rows.push({ table, day: on, key: name, values: stored });
  }
  if (what === "monthly") return rows;
  const sets = await tx.query<{ table: string; kind: string; day: string; lane: number; size: number; digest: string }>(
    {
      name: "backfill_snapshot_sets",
      text: `select "table", kind, day, lane, bit_count(bits)::int as size, md5(bits::text) as digest from (
        select 'day_users' as "table", kind, day, lane, bits from day_users where org_id = $1 and day = any ($2::date[])
        union all
        select 'active_periods', period, start_date, lane, bits from active_periods p
        where org_id = $1 and exists (select from unnest($2::date[]) d (day) where date_trunc(p.period, d.day::timestamp) = p.start_date)
      ) s`,
      values: [tx.org_id, days],
    },
  );
  for (const { table, kind, day, lane, size, digest } of sets) {
    rows.push({ table, day, key: `${kind} ${lane}`, values: { [kind]: `${size} ${digest}` } });
  }
  return rows;
}

/** What differs between two snapshots: a line a day, table and column. */
export function changesBetween(before: readonly StoredRow[], after: readonly StoredRow[]): BackfillChange[] {
  const lines = new Map<string, BackfillChange>();
  const note = (row: StoredRow, column: string, was: Value, is: Value) => {
    const key = `${row.day} ${row.table} ${column}`;
    const line = lines.get(key);
    if (!line) {
      lines.set(key, { day: row.day, table: row.table, column, rows: 1, before: was, after: is });
      return;
    }
    Object.assign(line, { rows: line.rows + 1, before: add(line.before, was), after: add(line.after, is) });
  };
  const keyOf = (row: StoredRow) => `${row.table} ${row.key} ${row.table === "user_retention" ? "" : row.day}`;
  const olds = new Map(before.map((row) => [keyOf(row), row]));
  const news = new Map(after.map((row) => [keyOf(row), row]));
  for (const row of [...before, ...after.filter((one) => !olds.has(keyOf(one)))]) {
    const [was, is] = [olds.get(keyOf(row))?.values, news.get(keyOf(row))?.values];
    const differing = Object.keys(row.values).filter((column) => textOf(was?.[column]) !== textOf(is?.[column]));
    for (const column of differing) note(row, column, shown(row, column, was), shown(row, column, is));
    // A row of zeros that came or went.
    if (differing.length === 0 && (!was || !is)) note(row, "row", was ? 1 : null, is ? 1 : null);
  }
  return [...lines.values()];
}

/** Nothing, zero and an empty breakdown are one: no row means zeros. */
const textOf = (value: Value | undefined): string => {
  const text = JSON.stringify(value ?? 0);
  return text === "{}" ? "0" : typeof value === "object" && value ? sortedText(value) : text;
};
const sortedText = (value: Record<string, number>): string => JSON.stringify(Object.entries(value).sort());

function shown({ table }: StoredRow, column: string, values: Record<string, Value> | undefined): Value {
  const value = values?.[column] ?? null;
  if (value === null) return null;
  if (tablesOfSets.has(table)) return Number((value as string).split(" ")[0]);
  if (column === "hours") return (value as string).split(" ").reduce((sum, count) => sum + Number(count), 0);
  return value;
}

/** Sums of what can be summed; times and days of several rows have none. */
function add(sum: Value, value: Value): Value {
  const [a, b] = [sum, value].map((one) => (typeof one === "boolean" ? Number(one) : one));
  if (a === null && b === null) return null;
  if ((typeof a === "number" || a === null) && (typeof b === "number" || b === null)) return (a ?? 0) + (b ?? 0);
  return null;
}
