import type pg from "pg";
import type { Figures } from "./reference.ts";

const noTwin = "00000000-0000-0000-0000-000000000000";

/** Columns that say whose and of when a row is, or when it was written; every other one is a figure. */
const keys = ["org_id", "day", "metric_date", "n", "twin_id", "platform"];
const bookkeeping = ["created_at", "updated_at", "last_record_at", "job_run_id"];

/** Every figure of a row by its column, so that a new one is compared as soon as there is one. */
export const valuesOf = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([column]) => !keys.includes(column) && !bookkeeping.includes(column))
      .map(([column, value]) => [column, typeof value === "string" ? Number(value) : value]),
  );
/** Those of them that aren't 0. */
export const countsOf = (row: Record<string, unknown>): Record<string, number> =>
  Object.fromEntries(Object.entries(valuesOf(row) as Record<string, number>).filter(([, count]) => count > 0));

/** What is stored about an organisation, in the reference's terms: people and twins by the number in their name. */
export async function storedFigures(pool: pg.Pool, org_id: number): Promise<Figures> {
  const read = async (text: string) => (await pool.query(text, [org_id])).rows;
  const number = (name: string) => Number(/\d+/.exec(name)![0]);
  const person = new Map(
    (await read("select n, id, email from users where org_id = $1")).flatMap((u) => [
      [u["n"], number(u["email"])],
      [u["id"], number(u["email"])],
    ]),
  );
  const twin = new Map([
    ...(await read("select id, name from twins where org_id = $1")).map((t) => [t["id"], number(t["name"])] as const),
    [noTwin, null],
    [null, null],
  ]);
  const iso = (at: Date | null) => at?.toISOString() ?? null;

  const sessions = await read("select * from sessions where org_id = $1");
  const nameOf = new Map(
    sessions.map((s) => [
      s["id"],
      `${person.get(s["user_id"])} ${iso(s["started_at"])} ${twin.get(s["twin_id"])} ${s["platform"]} ${s["is_derived"]}`,
    ]),
  );
  const facts = await read("select d.*, day::text as day from user_days d where org_id = $1");
  const hours = await read("select *, day::text as day from activity_hours where org_id = $1");
  const days = await read("select *, metric_date::text as day from daily_metrics where org_id = $1");
  const sets: Record<string, number[]> = {};
  for (const { kind, day, bits } of await read(
    "select kind, day::text as day, bits::text as bits from day_users where org_id = $1 and lane = 0",
  )) {
    sets[`${kind} ${day}`] = [...(bits as string)].flatMap((bit, n) => (bit === "1" ? [person.get(n)!] : [])).sort();
  }
  return {
    sessions: sessions
      .map((s) => `${nameOf.get(s["id"])} ${iso(s["ended_at"])} ${s["is_derived"] ? s["interaction_count"] : "-"}`)
      .sort(),
    sessionOf: Object.fromEntries(
      (await read("select action_description, session_id from activities where org_id = $1")).map((a) => [
        a["action_description"],
        a["session_id"] === null ? null : nameOf.get(a["session_id"])!,
      ]),
    ),
    userDays: Object.fromEntries(
      facts.map((f) => [`${f["day"]} ${person.get(f["n"])} ${twin.get(f["twin_id"])} ${f["platform"]}`, countsOf(f)]),
    ),
    features: Object.fromEntries(
      (await read("select *, usage_date::text as day from feature_usage where org_id = $1")).map((f) => [
        `${f["day"]} ${person.get(f["n"])} ${f["feature_name"]}`,
        { count: f["usage_count"], last: iso(f["last_used_at"])! },
      ]),
    ),
    hours: Object.fromEntries(hours.map((h) => [`${h["day"]} ${h["platform"]}`, h["hours"]])),
    daily: Object.fromEntries(days.map((d) => [d["day"], valuesOf(d)])),
    retention: Object.fromEntries(
      (await read("select *, cohort_date::text as day from user_retention where org_id = $1")).map((r) => [
        person.get(r["n"]),
        [r["day"], r["day_1_active"], r["day_7_active"], r["day_30_active"], r["total_sessions"]],
      ]),
    ),
    monthly: Object.fromEntries(
      (await read("select *, month::text as day from monthly_user_stats where org_id = $1")).map((m) => [
        `${person.get(m["n"])} ${m["day"]}`,
        [m["session_count"], m["activity_count"], Number(m["duration_sum"]), m["duration_n"]],
      ]),
    ),
    sets,
    people: Object.fromEntries(
      (await read("select n, first_day::text as day, last_active_at from users where org_id = $1")).map((u) => [
        person.get(u["n"]),
        [u["day"], iso(u["last_active_at"])],
      ]),
    ),
  };
}
