import type pg from "pg";
import type { Database } from "../../src/postgres/connect.ts";
import { markNewDay } from "../../src/figures/new-day.ts";
import { rollupOrganization } from "../../src/figures/rollup.ts";
import { makeSender, type Sender } from "../ingesting.ts";
import { systemOf } from "../actors.ts";

const dayMs = 86_400_000;
const people = [0, 1, 2];

/** Numbers from 0 to 1 that are the same each time for a seed. */
export function chances(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Three people with a twin each, in an organisation of a zone, told from `begin` on. */
export async function makeCast(db: Database, zone: string, begin: string): Promise<Sender> {
  const sender = await makeSender(db, zone);
  const records = people.flatMap((p) => [
    {
      type: "user",
      external_id: `u${p}`,
      email: `person${p}@motion.example`,
      full_name: `Person ${p}`,
      created_at: begin,
    },
    { type: "twin", external_id: `t${p}`, user: `u${p}`, name: `Twin ${p}`, created_at: begin },
    { type: "installation", twin: `t${p}`, platform: "slack", installed_at: begin },
  ]);
  const { rejected } = await sender.send(records, { now: new Date(begin) });
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
  return sender;
}

/** What some people did on the days of [from, to), `every` so many: at any minute, midnights and changes of clocks included. */
export function visits(from: Date, to: Date, every: number, seed: number, label = "v"): Record<string, unknown>[] {
  const chance = chances(seed);
  const records: Record<string, unknown>[] = [];
  for (let day = from.getTime(); day < to.getTime(); day += every * dayMs) {
    for (const p of people) {
      if (chance() > 0.7) continue;
      const start = day + Math.floor(chance() * 1_440) * 60_000;
      if (start > to.getTime() - 3_600_000) continue;
      records.push(...visit(`${label}${p}-${new Date(day).toISOString().slice(0, 10)}`, p, start, chance));
    }
  }
  return records;
}

function visit(id: string, p: number, start: number, chance: () => number): Record<string, unknown>[] {
  const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
  const twin = chance() < 0.3 ? (p + 1) % 3 : p;
  const named = chance() < 0.4;
  const base = { user: `u${p}`, twin: `t${twin}`, platform: "slack", ...(named && { session: `${id}s` }) };
  return [
    ...(named
      ? [
          {
            type: "session",
            external_id: `${id}s`,
            user: `u${p}`,
            platform: "slack",
            started_at: at(0),
            ended_at: chance() < 0.2 ? null : at(45),
          },
        ]
      : []),
    {
      type: "activity",
      external_id: id,
      ...base,
      activity_type: "conversation",
      started_at: at(1),
      ended_at: at(9),
      conversation: {
        title: "Plan",
        messages: [
          { external_id: `${id}m1`, sender_type: "user", content: "Can you help?", token_count: 4, created_at: at(1) },
          { external_id: `${id}m2`, sender_type: "twin", content: "Gladly.", token_count: 2, created_at: at(3) },
          ...(chance() < 0.3
            ? [
                {
                  external_id: `${id}m3`,
                  sender_type: "user",
                  user: `u${(p + 2) % 3}`,
                  content: "And me?",
                  created_at: at(20),
                },
              ]
            : []),
        ],
      },
    },
    ...(chance() < 0.3
      ? [
          {
            type: "activity",
            external_id: `${id}q`,
            ...base,
            activity_type: "query",
            started_at: at(12),
            query: { query_text: "Where?" },
          },
        ]
      : []),
    ...(chance() < 0.2
      ? [
          {
            type: "feature",
            external_id: `${id}f`,
            user: `u${p}`,
            feature_name: "calendar_lookup",
            used_at: at(5),
            count: 2,
          },
        ]
      : []),
  ];
}

/** Tells records at `now`, and brings the figures up to date with them and with the calendar. */
export async function tell(db: Database, sender: Sender, records: unknown[], now: Date): Promise<void> {
  for (let first = 0; first < records.length; first += 1_000) {
    const { rejected } = await sender.send(records.slice(first, first + 1_000), { now });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
  }
  await markNewDay(db, systemOf(sender.org_id), now);
  await rollupOrganization(db, systemOf(sender.org_id), { now });
}

const aggregates = [
  "daily_metrics",
  "user_days",
  "feature_usage",
  "activity_hours",
  "day_users",
  "active_periods",
  "user_retention",
  "monthly_user_stats",
  "platform_days",
  "feature_days",
  "twin_months",
];

/** Every row of every aggregate, and what people carry of them, as text: table -> digest. */
export async function digestAggregates(pool: pg.Pool, org_id: number): Promise<Record<string, string>> {
  const digest = (table: string, what = "t::text") =>
    `select '${table}' as name, count(*) || ' ' || coalesce(md5(string_agg(${what}, '|' order by ${what})), '') as digest from ${table} t where org_id = $1`;
  const { rows } = await pool.query<{ name: string; digest: string }>(
    [
      ...aggregates.map((table) => digest(table)),
      digest("users", "n || ' ' || first_day || ' ' || last_active_at"),
    ].join(" union all "),
    [org_id],
  );
  return Object.fromEntries(rows.map(({ name, digest: value }) => [name, value]));
}
