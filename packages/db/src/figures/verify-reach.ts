import { sql } from "drizzle-orm";
import { statement } from "../postgres/statement.ts";
import type { Tx } from "../tenancy/actor.ts";
import { recordKinds, timedTables } from "../records/kinds.ts";
import type { Difference, Scope } from "./compare.ts";

const apart = (at: string, activity: string) =>
  sql.raw(`greatest(${at} - uuid_time(${activity}), uuid_time(${activity}) - ${at})`);
const details = timedTables.filter((table) => recordKinds[table].id === "activity_id");

const reachOfRows = statement(
  "figures.verify_reach",
  { org_id: "int", rule: "day_rule", from: "date", to: "date" },
  { stored: "int", needed: "int" },
  (p) => {
    const within = sql`where org_id = ${p.org_id} and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi)`;
    const ofDetails = details.map(
      (table) => sql`select ${apart("created_at", "activity_id")} from ${sql.raw(table)}, bound
        where org_id = ${p.org_id} and created_at >= bound.lo and created_at < bound.hi`,
    );
    return sql`
    with bound as materialized (
      select start_of(greatest(${p.from}, date '1970-01-02'), ${p.rule}) as lo, start_of(least(${p.to}, date '2199-12-30') + 1, ${p.rule}) as hi
    )
    select reach_days as stored, (
      select coalesce(ceil(extract(epoch from max(apart)) / 86400), 0)::int from (
        select ${apart("created_at", "conversation_id")} from messages, bound ${within}
        union all select ${apart("started_at", "session_id")} from activities, bound ${within} and session_named
        union all select ended_at - started_at from sessions, bound ${within} and not is_derived
        union all ${sql.join(ofDetails, sql`\n        union all `)}
      ) r (apart)
    ) as needed
    from organizations where id = ${p.org_id}`;
  },
  { plan: "each" },
);

/**
 * Compares how far rows lie from their activities and sessions with the organisation's `reach_days`: rows further away
 * would be counted nowhere.
 */
export async function compareReach(tx: Tx, { day_rule: rule, from, to }: Scope): Promise<Difference[]> {
  const [found] = await tx.query(reachOfRows({ org_id: tx.org_id, rule, from, to }));
  if (!found || found.needed <= found.stored) return [];
  const { stored, needed: recomputed } = found;
  return [{ table: "organizations", key: {}, column: "reach_days", stored, recomputed }];
}
