import type { Tx } from "../../tenancy/actor.ts";
import { factColumns } from "../facts/define.ts";
import type { Lane } from "../store-people.ts";

/** A sum of facts that is stored: what it should be (`fresh`, of all that `within` says of a stored row `d`). */
export type StoredSum = {
  table: string;
  key: readonly string[];
  columns: readonly string[];
  /** Common table expressions, `fresh` among them: key and columns. */
  with: string;
  within: string;
};

const zeros = (columns: readonly string[]) => columns.map(() => "0").join(", ");

/** What all people together did on the days `$2`, by platform. */
export const platformDays: StoredSum = {
  table: "platform_days",
  key: ["day", "platform"],
  columns: factColumns,
  with: `fresh as materialized (
      select day, platform, ${factColumns.map((column) => `sum(${column})::bigint as ${column}`).join(", ")}
      from user_days where org_id = $1 and day = any ($2::date[]) group by day, platform
      having (${factColumns.map((column) => `sum(${column})`).join(", ")}) <> (${zeros(factColumns)})
    )`,
  within: "d.day = any ($2::date[])",
};

/** What all people together used on the days `$2`. */
export const featureDays: StoredSum = {
  table: "feature_days",
  key: ["day", "feature_name"],
  columns: ["usage_count"],
  with: `fresh as materialized (
      select usage_date as day, feature_name, sum(usage_count)::int as usage_count
      from feature_usage where org_id = $1 and usage_date = any ($2::date[]) group by usage_date, feature_name
    )`,
  within: "d.day = any ($2::date[])",
};

/** Activities of a row of facts `d`, of whatever type. */
export const activitiesOf = "(d.conversations + d.query_activities + d.document_activities + d.shared_activities)";

/** The month that a day lies in, by its first day. */
export const monthOf = (day: string): string => `date_trunc('month', ${day}::timestamp)::date`;

/** What the twins `$2` did in the months `$3`; a month without activities has no row. */
export const twinMonths: StoredSum = {
  table: "twin_months",
  key: ["twin_id", "month"],
  columns: ["activities"],
  with: `asked as materialized (select twin_id, month from unnest($2::uuid[], $3::date[]) t (twin_id, month)),
    fresh as materialized (
      select a.twin_id, a.month, s.activities from asked a cross join lateral (
        select sum${activitiesOf}::int as activities from user_days d
        where d.org_id = $1 and d.twin_id = a.twin_id and d.day >= a.month and d.day < (a.month + interval '1 month')::date
      ) s where s.activities > 0
    )`,
  within: "exists (select from asked a where (a.twin_id, a.month) = (d.twin_id, d.month))",
};

/** The week and the month that a day lies in: period, start_date. */
export const periodsOf = (day: string): string =>
  `select period, date_trunc(period, ${day}::timestamp)::date as start_date from (values ('week'), ('month')) p (period)`;

/** Who was active in the weeks and months that the days `$2` lie in, lane by lane (`$3[i]` on `$2[i]`). */
export const activePeriods: StoredSum = {
  table: "active_periods",
  key: ["period", "start_date", "lane"],
  columns: ["bits"],
  with: `asked as materialized (
      select distinct p.period, p.start_date, t.lane
      from unnest($2::date[], $3::int[]) t (day, lane) cross join lateral (${periodsOf("t.day")}) p
    ),
    fresh as materialized (
      select a.period, a.start_date, a.lane, bit_or(d.bits) as bits
      from asked a cross join generate_series(0, 30) later
      cross join lateral (
        select d.bits from day_users d
        where d.org_id = $1 and d.kind = 'active' and d.day = a.start_date + later and d.lane = a.lane offset 0
      ) d
      where a.start_date + later < a.start_date + ('1 ' || a.period)::interval
      group by 1, 2, 3
    )`,
  within: "exists (select from asked a where (a.period, a.start_date, a.lane) = (d.period, d.start_date, d.lane))",
};

const store = ({ table, key, columns, with: expressions, within }: StoredSum) => {
  const of = (side: string, names: readonly string[]) => names.map((name) => `${side}.${name}`).join(", ");
  return {
    name: `store_${table}`,
    text: `with ${expressions},
      removed as (
        delete from ${table} d where d.org_id = $1 and ${within}
          and not exists (select from fresh f where (${of("f", key)}) = (${of("d", key)}))
      )
      insert into ${table} as d (org_id, ${key.join(", ")}, ${columns.join(", ")})
      select $1, ${key.join(", ")}, ${columns.join(", ")} from fresh order by ${key.join(", ")}
      on conflict (org_id, ${key.join(", ")}) do update
      set (${columns.join(", ")}) = row (${of("excluded", columns)})
      where (${of("d", columns)}) is distinct from (${of("excluded", columns)})`,
  };
};

/**
 * Lets a sum follow what was written of its facts in the same statement: `change` says by how much, by key. A sum of
 * nothing has no row. Where what is stored was wrong, it stays so until the day is marked as such.
 */
export const following = ({ table, key, columns }: StoredSum, change: string): string => {
  const of = (side: string, names: readonly string[]) => names.map((name) => `${side}.${name}`).join(", ");
  return `${table}_sum as materialized (
    select ${of("c", key)}, ${columns.map((column) => `greatest(c.${column} + coalesce(d.${column}, 0), 0) as ${column}`).join(", ")}
    from (${change}) c left join lateral (
      select * from ${table} d where d.org_id = $1 and (${of("d", key)}) = (${of("c", key)}) offset 0
    ) d on true
    where (${of("c", columns)}) <> (${zeros(columns)})
  ),
  ${table}_removed as (
    delete from ${table} d using ${table}_sum s
    where d.org_id = $1 and (${of("d", key)}) = (${of("s", key)}) and (${of("s", columns)}) = (${zeros(columns)})
  ),
  ${table}_stored as (
    insert into ${table} as d (org_id, ${key.join(", ")}, ${columns.join(", ")})
    select $1, ${key.join(", ")}, ${columns.join(", ")} from ${table}_sum s
    where (${of("s", columns)}) <> (${zeros(columns)}) order by ${key.join(", ")}
    on conflict (org_id, ${key.join(", ")}) do update set (${columns.join(", ")}) = row (${of("excluded", columns)})
  )`;
};

const storePlatforms = store(platformDays);
const storeFeatures = store(featureDays);
const storeTwins = store(twinMonths);
const storePeriods = store(activePeriods);

/** Computes the sums of some days over all people from facts and writes what differs. */
export async function storeDaySums(tx: Tx, days: readonly string[]): Promise<void> {
  if (days.length === 0) return;
  for (const statement of [storePlatforms, storeFeatures]) await tx.query({ ...statement, values: [tx.org_id, days] });
}

/** Puts the weeks and months of some lanes together from their days and writes what differs. */
export async function storeActivePeriods(tx: Tx, lanes: readonly Lane[]): Promise<void> {
  if (lanes.length === 0) return;
  await tx.query({ ...storePeriods, values: [tx.org_id, lanes.map(({ day }) => day), lanes.map(({ lane }) => lane)] });
}

/** Computes the months of twins, `ids[i]` in the month that begins on `months[i]`, from facts and writes what differs. */
export async function storeTwinMonths(tx: Tx, ids: readonly string[], months: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query({ ...storeTwins, values: [tx.org_id, ids, months] });
}

/** Takes away months of twins that no fact tells of. */
export async function dropIdleTwinMonths(tx: Tx, months: readonly string[]): Promise<void> {
  await tx.query({
    name: "drop_idle_twin_months",
    text: `delete from twin_months t where t.org_id = $1 and t.month = any ($2::date[]) and not exists (
        select from user_days d where d.org_id = $1 and d.twin_id = t.twin_id
          and d.day >= t.month and d.day < (t.month + interval '1 month')::date
      )`,
    values: [tx.org_id, months],
  });
}
