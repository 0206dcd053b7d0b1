import { addDays } from "@twin/contracts/calendar";
import { type Actor, inTenant } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { floorId } from "../src/postgres/uuid-time.ts";
import { timed } from "./timing.ts";

const reading = "marks, windows, moments";
/** One statement writes facts and what follows from them: uses, sums and sets. */
const facts = "user_days with sums and sets";

/** The table that a statement of the rollup writes; derived sessions move activities, which is one link. */
const linkOf = (text: string): string => {
  const table = /\b(?:insert into|update|delete from) ([\w.]+)/.exec(text)?.[1] ?? reading;
  if (table === "activities") return "sessions";
  if (table === "user_days") return facts;
  return table.startsWith("ops.") || table === "organizations" ? reading : table;
};

/**
 * Watches the one connection of a pool from here on, but for what only measures.
 * @returns what is told and forgotten at each call: milliseconds by the clock that each table's statements took since
 */
export async function watchLinks(db: Database): Promise<() => Map<string, number>> {
  let spent = new Map<string, number>();
  const client = await db.pool.connect();
  const query = client.query.bind(client) as (what: unknown) => Promise<unknown>;
  client.query = (async (what: string | { text: string }) => {
    const { ms, result } = await timed(() => query(what));
    const text = typeof what === "string" ? what : what.text;
    if (text.includes("pg_stat_")) return result;
    const link = linkOf(text);
    spent.set(link, (spent.get(link) ?? 0) + ms);
    return result;
  }) as typeof client.query;
  client.release();
  return () => {
    const told = spent;
    spent = new Map();
    return told;
  };
}

/** What each link would cost by plain SQL over raw rows: of the whole day, its month, or everyone's first days. */
export async function askPlainLinks(db: Database, actor: Actor, day: string): Promise<Map<string, number>> {
  const at = (date: string) => floorId(Date.parse(`${date}T00:00:00Z`));
  const [from, to] = [at(day), at(addDays(day, 1))];
  const month = `${day.slice(0, 7)}-01`;
  const within = "org_id = $1 and id >= $2 and id < $3";
  const local = "(started_at at time zone 'Europe/Berlin')";
  const plain: [link: string, text: string, bounds: [string, string]][] = [
    [
      facts,
      `select user_id, twin_id, platform, count(*), sum(duration_seconds) from sessions where ${within} group by 1, 2, 3
       union all select user_id, twin_id, platform, count(*), sum(duration_seconds) from activities where ${within} group by 1, 2, 3
       union all select user_id, null::uuid, sender_type, count(*), sum(token_count) from messages where ${within} group by 1, 2, 3`,
      [from, to],
    ],
    [
      "activity_hours",
      `select platform, extract(hour from ${local}), count(*) from activities where ${within} group by 1, 2`,
      [from, to],
    ],
    [
      "daily_metrics",
      `select (select count(distinct user_id) from sessions where ${within}), (select avg(duration_seconds) from sessions where ${within}),
         (select count(*) from activities where ${within}), (select count(*) from messages where ${within})`,
      [from, to],
    ],
    [
      "monthly_user_stats",
      `select user_id, count(distinct session_id), count(*), avg(duration_seconds) from activities where ${within} group by 1`,
      [at(month), at(addDays(month, 31))],
    ],
    [
      "user_retention",
      `select user_id, min(${local}::date), count(*) from sessions where ${within} group by 1`,
      [at("1971-01-01"), to],
    ],
  ];
  const times = new Map<string, number>();
  for (const [link, text, bounds] of plain) {
    const values = [actor.org_id, ...bounds];
    times.set(link, (await timed(() => inTenant(db, actor, (tx) => tx.query({ text, values })))).ms);
  }
  return times;
}
