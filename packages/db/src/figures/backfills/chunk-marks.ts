import type { Tx } from "../../tenancy/actor.ts";
import { laneWidth } from "../bitmaps/define.ts";
import type { Mark } from "../recompute.ts";

type Bounds = { lo: string; hi: string; days: number; open: number };
type Days = { from: string; to: string };

/**
 * Everyone of whom there is a raw row or anything stored on open days, as marks for the recompute: what is stored without
 * a raw row must go. Number 0 stands on each of the days, so that a day's own numbers are computed too.
 * @returns the marks, and how many days are sealed and so left out
 */
export async function listChunkMarks(
  tx: Tx,
  { from, to }: Days,
  dayRule: string,
): Promise<{ marks: Mark[]; skipped: number }> {
  const [bounds] = await tx.query<Bounds>({
    text: `select start_of($2::date, $4) as lo, start_of($3::date + 1, $4) as hi, count(*)::int as days,
        count(*) filter (where not is_sealed(d::date, o))::int as open
      from organizations o, generate_series($2::date, $3::date, interval '1 day') d where o.id = $1`,
    values: [tx.org_id, from, to, dayRule],
  });
  const { lo, hi, days, open } = bounds!;
  const marks = await tx.query<Mark>({
    name: "chunk_marks",
    text: `with found (n, day) as (${[...raw, ...stored].join(" union ")})
      select f.day, array_agg(distinct f.n) || 0 as ns, true as own, null as received_at
      from found f join organizations o on o.id = $1
      where f.day >= $2::date and f.day <= $3::date and not is_sealed(f.day, o)
      group by f.day order by f.day`,
    values: [tx.org_id, from, to, dayRule, lo, hi],
  });
  return { marks, skipped: days - open };
}

const at = (instant: string) => `day_of(${instant}, $4)`;
const byId = (table: string, instant: string) =>
  `select coalesce(u.n, 0), r.day from (
    select distinct r.user_id, ${at(`r.${instant}`)} as day from ${table} r
    where r.org_id = $1 and r.id >= uuid_floor($5::timestamptz) and r.id < uuid_floor($6::timestamptz)
  ) r left join users u on u.org_id = $1 and u.id = r.user_id`;
const byTime = (table: string, person: string) =>
  `select coalesce(u.n, 0), r.day from (
    select distinct r.${person} as user_id, ${at("r.created_at")} as day from ${table} r
    where r.org_id = $1 and r.created_at >= $5::timestamptz and r.created_at < $6::timestamptz
  ) r left join users u on u.org_id = $1 and u.id = r.user_id`;

const raw = [
  byId("sessions", "started_at"),
  byId("activities", "started_at"),
  byId("messages", "created_at"),
  byId("feature_events", "used_at"),
  byTime("documents", "user_id"),
  byTime("queries", "user_id"),
  byTime("shared_twin_interactions", "accessing_user_id"),
  `select 0, ${at("created_at")} from users where org_id = $1 and created_at >= $5::timestamptz and created_at < $6::timestamptz`,
];

const within = (day: string) => `org_id = $1 and ${day} >= $2::date and ${day} <= $3::date`;

const stored = [
  `select n, day from user_days where ${within("day")}`,
  `select n, usage_date from feature_usage where ${within("usage_date")}`,
  `select n, cohort_date from user_retention where ${within("cohort_date")}`,
  `select n, month from monthly_user_stats where ${within("month")}`,
  `select n, first_day from users where ${within("first_day")}`,
  `select lane * ${laneWidth}, day from day_users where ${within("day")}`,
  `select 0, day from activity_hours where ${within("day")}`,
  `select 0, day from platform_days where ${within("day")}`,
  `select 0, day from feature_days where ${within("day")}`,
  `select 0, metric_date from daily_metrics where ${within("metric_date")}`,
];
