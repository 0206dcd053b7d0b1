import type { Actor } from "../../src/tenancy/actor.ts";
import type { Database } from "../../src/postgres/connect.ts";
import type { TestDatabase } from "../database.ts";
import { readerOf } from "./active-days.ts";
import { type Crowd, gather, now as end } from "./crowd.ts";
import { longList } from "./reads.ts";

export const now = end;

/** Six people of whom one was erased, and what each did on some days, half of them sealed. */
const crowd: Crowd = {
  people: Array.from({ length: 6 }, (_, at) => ({
    department: at % 2 ? "Sales" : null,
    company: at < 4 ? "Acme" : null,
    state: at === 5 ? "erased" : "here",
    known: at % 2 === 0,
    idle: false,
  })),
  deeds: Array.from({ length: 120 }, (_, at) => ({
    user: at % 6,
    twin: at % 3,
    platform: ["slack", "web", "teams"][at % 3]!,
    type: (["conversation", "query", "document", "shared"] as const)[at % 4]!,
    day: Math.floor(at / 12),
    hour: 2 * (1 + (at % 11)),
    source: "import",
    helpful: at % 2 === 0,
  })),
  handoffs: Array.from({ length: 12 }, (_, at) => ({ user: at % 6, day: at % 10 })),
};

/** An organisation of which there is something to tell for every read, with more activities than lists count one by one. */
export async function fill(database: TestDatabase, db: Database): Promise<number> {
  const org_id = await gather(db, crowd, async (text, values) => (await database.pool.query(text, values)).rows);
  await database.pool.query(
    `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
     select $1, overlay(uuid_floor(t)::text placing lpad(to_hex(i), 12, '0') from 25)::uuid, user_id, id, 'query', t, 'web'
     from (select id, user_id from twins where org_id = $1 and name = 'Twin 1') w,
       generate_series(1, $2) i, lateral (select timestamptz '2026-03-09T00:00:00Z' + i * interval '1 second' as t) at`,
    [org_id, longList],
  );
  await database.pool.query("analyze");
  return org_id;
}

/** The days of what they did, and one of those that aren't sealed. */
export const days = { start_date: "2026-03-02", end_date: "2026-03-14", day: "2026-03-10" };

/** Filters in the forms that make other statements. */
export const filters: Record<string, Partial<Record<string, string[]>>> = {
  unfiltered: {},
  filtered: {
    type: ["query", "conversation"],
    platform: ["web", "slack"],
    platform_not: ["teams"],
    twin: ["t1"],
    twin_not: ["t2"],
    user_not: ["u0"],
    department: ["Sales", "(none)"],
    department_not: ["Legal"],
    company: ["Acme"],
    company_not: ["Globex"],
  },
  platforms: { platform: ["web"], source: ["import"] },
  people: { department: ["(none)"], platform_not: [] },
};

export const readerOfAll = (org_id: number): Actor =>
  ({ ...readerOf(org_id), permissions: ["metrics.read", "activities.read", "titles.read", "people.read"] }) as Actor;
