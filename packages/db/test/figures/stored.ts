import type pg from "pg";
import { factColumns, noTwin } from "../../src/metrics/facts.ts";
import type { Figures } from "./reference.ts";

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
  const columns = [
    "total_active_users",
    "new_users",
    "total_sessions",
    "total_conversations",
    "total_messages",
    "total_documents_drafted",
    "total_queries",
    "total_shared_interactions",
    "avg_session_duration_seconds",
    "total_twin_installations",
    "platform_breakdown",
  ];
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
      facts.map((f) => [
        `${f["day"]} ${person.get(f["n"])} ${twin.get(f["twin_id"])} ${f["platform"]}`,
        Object.fromEntries(
          factColumns.map((column) => [column, Number(f[column])] as const).filter(([, count]) => count > 0),
        ),
      ]),
    ),
    features: Object.fromEntries(
      (await read("select *, usage_date::text as day from feature_usage where org_id = $1")).map((f) => [
        `${f["day"]} ${person.get(f["n"])} ${f["feature_name"]}`,
        { count: f["usage_count"], last: iso(f["last_used_at"])! },
      ]),
    ),
    hours: Object.fromEntries(hours.map((h) => [`${h["day"]} ${h["platform"]}`, h["hours"]])),
    daily: Object.fromEntries(
      days.map((d) => [d["day"], Object.fromEntries(columns.map((column) => [column, d[column]]))]),
    ),
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
  };
}
