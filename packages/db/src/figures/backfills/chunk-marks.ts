import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { bitmapChunkWidth } from "../bitmaps/define.ts";
import { recordKinds, timedTables } from "../../records/kinds.ts";
import type { Mark } from "../recompute.ts";
import { only, statement } from "../../postgres/statement.ts";

type Days = { from: string; to: string };

const params = {
  org_id: "int",
  from: "date",
  to: "date",
  rule: "day_rule",
  lo: "timestamptz",
  hi: "timestamptz",
} as const;
type Given = Record<keyof typeof params, SQL>;

const at = (p: Given, instant: string) => sql`day_of(${sql.raw(instant)}, ${p.rule})`;
const byId = (p: Given, table: string, instant: string) =>
  sql`select coalesce(u.n, 0), r.day from (
    select distinct r.user_id, ${at(p, `r.${instant}`)} as day from ${sql.raw(table)} r
    where r.org_id = ${p.org_id} and r.id >= uuid_floor(${p.lo}) and r.id < uuid_floor(${p.hi})
  ) r left join users u on u.org_id = ${p.org_id} and u.id = r.user_id`;
const byTime = (p: Given, table: string, instant: string, person: string) =>
  sql`select coalesce(u.n, 0), r.day from (
    select distinct r.${sql.raw(person)} as user_id, ${at(p, `r.${instant}`)} as day from ${sql.raw(table)} r
    where r.org_id = ${p.org_id} and r.${sql.raw(instant)} >= ${p.lo} and r.${sql.raw(instant)} < ${p.hi}
  ) r left join users u on u.org_id = ${p.org_id} and u.id = r.user_id`;

const raw = (p: Given) => [
  ...timedTables.map((table) => {
    const { id, at: instant, owner } = recordKinds[table];
    return id === "id" ? byId(p, table, instant) : byTime(p, table, instant, owner);
  }),
  sql`select 0, ${at(p, "created_at")} from users where org_id = ${p.org_id} and created_at >= ${p.lo} and created_at < ${p.hi}`,
];

const within = (p: Given, day: string) =>
  sql`org_id = ${p.org_id} and ${sql.raw(day)} >= ${p.from} and ${sql.raw(day)} <= ${p.to}`;

const stored = (p: Given) => [
  sql`select n, day from user_days where ${within(p, "day")}`,
  sql`select n, usage_date from feature_usage where ${within(p, "usage_date")}`,
  sql`select n, cohort_date from user_retention where ${within(p, "cohort_date")}`,
  sql`select n, month from monthly_user_stats where ${within(p, "month")}`,
  sql`select n, first_day from users where ${within(p, "first_day")}`,
  sql`select lane * ${sql.raw(String(bitmapChunkWidth))}, day from day_users where ${within(p, "day")}`,
  sql`select 0, day from activity_hours where ${within(p, "day")}`,
  sql`select 0, day from platform_days where ${within(p, "day")}`,
  sql`select 0, day from feature_days where ${within(p, "day")}`,
  sql`select 0, metric_date from daily_metrics where ${within(p, "metric_date")}`,
];

const chunkBounds = statement(
  "figures.chunk_bounds",
  { org_id: "int", from: "date", to: "date", rule: "day_rule" },
  { lo: "timestamptz", hi: "timestamptz", days: "int", open: "int" },
  (p) => sql`
    select start_of(${p.from}, ${p.rule}) as lo, start_of(${p.to} + 1, ${p.rule}) as hi, count(*)::int as days,
      count(*) filter (where not is_sealed(d::date, o))::int as open
    from organizations o, generate_series(${p.from}, ${p.to}, interval '1 day') d where o.id = ${p.org_id}`,
  { plan: "each" },
);

const chunkMarks = statement(
  "figures.chunk_marks",
  params,
  { day: "date", ns: "int[]", own: "boolean", recount: "boolean", received_at: only<null>("text") },
  (p) => sql`
    with found (n, day) as (${sql.join([...raw(p), ...stored(p)], sql` union `)})
    select f.day, array_agg(distinct f.n) || 0 as ns, true as own, true as recount, null as received_at
    from found f join organizations o on o.id = ${p.org_id}
    where f.day >= ${p.from} and f.day <= ${p.to} and not is_sealed(f.day, o)
    group by f.day order by f.day`,
);

/**
 * Marks for the recompute: everyone with a raw row, or with anything stored, on open days, because a stored row without a
 * raw row must be deleted. Number 0 marks each of the days, so that a day's own numbers are computed too.
 * @returns the marks, and how many days are sealed and so left out
 */
export async function listChunkMarks(
  tx: Tx,
  { from, to }: Days,
  dayRule: string,
): Promise<{ marks: Mark[]; skipped: number }> {
  const [bounds] = await tx.query(chunkBounds({ org_id: tx.org_id, from, to, rule: dayRule }));
  const { lo, hi, days, open } = bounds!;
  const marks = await tx.query(chunkMarks({ org_id: tx.org_id, from, to, rule: dayRule, lo, hi }));
  return { marks, skipped: days - open };
}
