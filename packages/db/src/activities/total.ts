import type { Unlisted } from "@twin/contracts/lists";
import { limits } from "@twin/contracts/vocabulary";
import { type DataType, type Keep, policyKinds } from "@twin/contracts/policies";
import { type SQL, sql } from "drizzle-orm";
import type { Range } from "./filter.ts";
import type { Tx } from "../tenancy/actor.ts";
import { inBoth } from "../archives/restored.ts";
import { readPolicies } from "../policies/policies.ts";
import { type Days, daysOf, ofDays } from "../figures/filter/filter.ts";
import { composed, only, type Places, statement } from "../postgres/statement.ts";

/** The stored figure that counts the rows of a list, under the list's filter. */
export type Figure = {
  /** The query for its facts as `day, count`. */
  perDay(days: Days): SQL;
  /** `select count(*) …` of the rows that are left of a day `x`: instants `x.lo <= at < x.hi`, ids `x.lo_id` to `x.hi_id`. */
  rows: SQL;
  /** Kinds of data whose purge deletes such rows, in the order in which they are purged. */
  goesWith: readonly Exclude<DataType, "deleted_users">[];
};

export type Total = { total: number; total_is_exact: boolean; unlisted: Unlisted[] };

const keptFor = ({ count, unit }: Keep): string => `${count} ${unit}${count === 1 ? "" : "s"}`;
function reasonOf(type: Figure["goesWith"][number], keep: Keep): string {
  const { left } = policyKinds[type];
  return `${type} are kept for ${keptFor(keep)}${left === null ? "" : `, then ${left}`}`;
}
const ofErased = "the people whose they were have been erased";

/** What may have deleted rows: runs of policies, before a cut, and erasures of people, on any day. */
type Taken = { data_type: DataType | null; cut: string };

const takenRows = statement(
  "activities.taken_rows",
  { org_id: "int", types: "text[]" },
  { data_type: only<DataType | null>("text"), cut: "timestamptz" },
  (p) => sql`
    select data_type, max(cut) as cut from lifecycle_runs
    where org_id = ${p.org_id} and data_type = any (${p.types}) and cut is not null and row_counts <> '{}' group by data_type
    union all
    select null, 'infinity' where exists (select from erasures where org_id = ${p.org_id} and status in ('erasing', 'erased'))`,
);

async function readTaken(tx: Tx, types: Figure["goesWith"]): Promise<Taken[]> {
  return tx.query(takenRows({ org_id: tx.org_id, types }));
}

const ofSealed = { ...ofDays, rule: "day_rule", cut: "timestamptz" } as const;

/** Rows of sealed days are purged and their figures stay; in open days a figure is computed from the rows that exist. */
const sealedDays = ({ org_id, from, to, rule, cut }: Places<typeof ofSealed>): SQL => sql`
  sealed as materialized (
    select t.day, b.lo, b.hi, uuid_floor(b.lo) as lo_id, uuid_floor(b.hi) as hi_id
    from organizations o
    cross join lateral (
      select greatest(${from}, day_of(o.sealed_from, ${rule})) as first,
        least(${to}, day_of(least(o.sealed_before, ${cut}) - interval '1 millisecond', ${rule})) as last
    ) e
    cross join lateral generate_series(e.first::timestamp, e.last::timestamp, interval '1 day') s (at)
    cross join lateral (select s.at::date as day) t
    cross join lateral (select start_of(t.day, ${rule}) as lo, start_of(t.day + 1, ${rule}) as hi) b
    where o.id = ${org_id} and o.sealed_before is not null
  )`;

const sealedRows = composed(
  "activities.rows_of_sealed_days",
  ofSealed,
  { day: "date", lo: "timestamptz", counted: "int", left: "int" },
  (p, figure: Figure) => sql`
    with ${sealedDays(p)}
    select f.day, x.lo, f.count as counted, r.count as "left"
    from (${figure.perDay(p)}) f (day, count) join sealed x using (day) cross join lateral (${figure.rows}) r (count)
    where f.count > 0 order by f.day`,
);

/**
 * What a figure counts in a range without a row that could be listed, by days and reason.
 * @param withRestored whether rows of restored months are listed, too
 */
async function readUnlisted(
  tx: Tx,
  figure: Figure,
  range: Range,
  withRestored: boolean,
  now: Date,
): Promise<Unlisted[]> {
  const taken = await readTaken(tx, figure.goesWith);
  if (taken.length === 0) return [];
  const latest = taken.some(({ data_type }) => data_type === null)
    ? "infinity"
    : taken
        .map(({ cut }) => cut)
        .sort()
        .at(-1)!;
  const statement = sealedRows({ ...daysOf(tx, range), rule: range.day_rule, cut: latest }, figure);
  const [live, restored = []] = await inBoth(tx, withRestored, () => tx.query(statement));
  const back = new Map(restored.map(({ day, left }) => [day, left]));
  const gone = live!
    .map(({ day, lo, counted, left }) => ({ day, lo, count: counted - left - (back.get(day) ?? 0) }))
    .filter(({ count }) => count > 0);
  if (gone.length === 0) return [];

  const policies = await readPolicies(tx, now);
  const whyOf = (lo: string): string => {
    const type = figure.goesWith.find((one) => taken.some(({ data_type, cut }) => data_type === one && lo < cut));
    return type ? reasonOf(type, policies[type].keep) : ofErased;
  };
  const spans: Unlisted[] = [];
  for (const { day, lo, count } of gone) {
    const why = whyOf(lo);
    const last = spans.at(-1);
    if (last?.why === why) Object.assign(last, { last_day: day, count: last.count + count });
    else spans.push({ first_day: day, last_day: day, count, why });
  }
  return spans;
}

const sumOfFigure = composed(
  "activities.figure_total",
  ofDays,
  { total: "int" },
  (p, figure: Figure) => sql`
    select coalesce(sum(f.count), 0)::int as total from (${figure.perDay(p)}) f (day, count)`,
);

/**
 * How long a list is: its rows, counted up to 10,000, and what its figure counts without a row. A longer list has its
 * figure's length.
 * @param rows `found`: rows that match, counted up to 10,001; `counted`: what the figure counts of them, where that isn't
 *   the rows themselves
 * @param figure null where no stored figure knows what the list is filtered by
 */
export async function readTotal(
  tx: Tx,
  { found, counted = found }: { found: number; counted?: number },
  figure: Figure | null,
  range: Range,
  { withRestored = false, now }: { withRestored?: boolean; now: Date },
): Promise<Total> {
  const isAll = found <= limits.pageDepth;
  const least = isAll || counted !== found ? counted : limits.pageDepth;
  if (!figure) return { total: least, total_is_exact: isAll, unlisted: [] };
  const unlisted = await readUnlisted(tx, figure, range, withRestored, now);
  if (isAll)
    return { total: unlisted.reduce((sum, { count }) => sum + count, counted), total_is_exact: true, unlisted };
  const [row] = await tx.query(sumOfFigure(daysOf(tx, range), figure));
  // The figure counts new rows after their rollup.
  return { total: Math.max(row!.total, least), total_is_exact: row!.total >= least, unlisted };
}
