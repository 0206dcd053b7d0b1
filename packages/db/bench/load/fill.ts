import pg from "pg";
import { addDays } from "@twin/contracts/calendar";
import { createOrganization } from "../../src/access/create-organization.ts";
import type { Database } from "../../src/postgres/connect.ts";
import type { Actor } from "../../src/tenancy/actor.ts";
import { historyDays, organizationsOf, visitsFor } from "../size.ts";
import { storeFiguresOf } from "./figures.ts";
import { dropIndexes } from "./indexes.ts";
import { externalIds, firstDays, lastActive, month, partitioned, retention } from "./month.ts";
import { chance, installations, people, twins, users, visits } from "./people.ts";

/** Connections that it fills by. */
export const connections = 2;

/** Tables that are filled row by row, most rows first. */
const large = [
  "messages",
  "activities",
  "sessions",
  "feature_usage",
  "user_days",
  "conversations",
  "queries",
  "documents",
  "shared_twin_interactions",
  "twin_months",
  "monthly_user_stats",
];
const rest = [
  "day_users",
  "active_periods",
  "platform_days",
  "feature_days",
  "activity_hours",
  "external_ids",
  "user_retention",
  "users",
];

/** The benchmark's own actor: it may do everything in one organisation. */
export const systemOf = (org_id: number): Actor => ({ kind: "system", org_id, job: "bench", request_id: "bench" });

/** What a database is filled with, and who is told how far it is. */
export type Filling = {
  activities: number;
  /** How many people they are of. */
  headcount: number;
  /** The last day with history is the one before. */
  now: Date;
  days?: number;
  say?: (line: string) => void;
};

/**
 * Fills a migrated database with so many activities and all their figures: in the server, a month at a time, by the
 * statements of `month`. What a month fills alone is emptied in the same transaction, so that it needs no log; indexes
 * are made afterwards.
 * @returns the organisations, the largest first
 */
export async function fill(
  url: string,
  db: Database,
  { activities, headcount, now, days = historyDays, say = () => {} }: Filling,
): Promise<{ org_id: number; users: number }[]> {
  const begun = performance.now();
  const took = () => `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  const anchor = now.toISOString().slice(0, 10);
  const first = addDays(anchor, -days);

  // Rows are made consistent as they are: without triggers and foreign keys, which would only count them again.
  const options =
    "-c session_replication_role=replica -c jit=off -c max_parallel_workers_per_gather=0 -c temp_buffers=256MB";
  const raw = new pg.Pool({ connectionString: url, max: connections, options });
  raw.on("error", () => {});
  const run = async (text: string, values?: unknown[]) => void (await raw.query(text, values));
  await run(chance);
  await run(`create unlogged table bench.person (org_id int, n int, uid bigint, user_id uuid, joined int, life int,
    visits int, home text, since date, zone text)`);

  const organizations = [];
  for (const [i, { share, zone }] of organizationsOf(activities).entries()) {
    const { org_id } = await createOrganization(db, { slug: `org-${i}`, name: `Organisation ${i}`, time_zone: zone });
    const count = Math.max(3, Math.round(share * headcount));
    await run(people, [org_id, count, first, zone, days, visitsFor(activities / headcount)]);
    organizations.push({ org_id, users: count });
  }
  for (const text of [users, twins, installations, visits]) await run(text);
  await run(
    "create index on bench.visit (started_at); analyze bench.visit; analyze bench.person; analyze users; analyze twins",
  );
  say(`people and visits: ${took()}`);

  const months = monthsBetween(first, anchor);
  for (const start of months) await raw.query("select ensure_month($1)", [start]);
  const indexes = await dropIndexes(raw, large);
  await inParallel(months, async (start) => {
    const client = await raw.connect();
    try {
      await client.query("begin");
      const suffix = start.slice(0, 7).replace("-", "_");
      await client.query(`truncate ${partitioned.map((table) => `${table}_${suffix}`).join(", ")}`);
      const bounds = [`${start}T00:00:00Z`, `${nextMonth(start)}T00:00:00Z`];
      for (const { text, bounded } of month) await client.query(text, bounded ? bounds : undefined);
      await client.query("commit");
    } finally {
      client.release();
    }
  });
  say(`rows of ${months.length} months, with facts: ${took()}`);
  await inParallel([...large, "retention", "names"], async (what) => {
    if (what === "names") await run(`begin; truncate external_ids; ${externalIds}; commit`);
    else if (what === "retention") {
      await run(retention, [anchor]);
      await run(`${firstDays}; ${lastActive}`);
    } else await run(`vacuum (freeze, analyze) ${what}`);
  });
  say(`names and statistics: ${took()}`);
  await inParallel(indexes, ({ definition }) => run(definition));
  say(`indexes: ${took()}`);

  await inParallel(organizations, ({ org_id }) => storeFiguresOf(db, systemOf(org_id), now));
  say(`figures: ${took()}`);
  await run("drop schema bench cascade");
  await run(`vacuum (freeze, analyze) ${rest.join(", ")}`);
  await run("analyze");
  await raw.end();
  return organizations;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

const nextMonth = (start: string): string => {
  const [year, at] = start.split("-").map(Number);
  return new Date(Date.UTC(year!, at!, 1)).toISOString().slice(0, 10);
};

function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  for (let at = `${first.slice(0, 7)}-01`; at <= last; at = nextMonth(at)) months.push(at);
  return months;
}
