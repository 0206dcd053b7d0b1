import type { Tx } from "../tenancy/actor.ts";
import { recordKinds, timedTables } from "../records/kinds.ts";
import type { Difference, Scope } from "./compare.ts";

const apart = (at: string, activity: string) =>
  `greatest(${at} - uuid_time(${activity}), uuid_time(${activity}) - ${at})`;
const part = (table: string) => `select ${apart("created_at", "activity_id")} from ${table}, bound
  where org_id = $1 and created_at >= bound.lo and created_at < bound.hi`;

const details = timedTables.filter((table) => recordKinds[table].id === "activity_id");

/** Compares how far rows lie from their activities and sessions with the organisation's `reach_days`: what lies further is counted nowhere. */
export async function compareReach(tx: Tx, { day_rule, from, to }: Scope): Promise<Difference[]> {
  const [found] = await tx.query<{ stored: number; needed: number }>({
    text: `with bound as materialized (
        select start_of(greatest($3::date, date '1970-01-02'), $2) as lo, start_of(least($4::date, date '2199-12-30') + 1, $2) as hi
      )
      select reach_days as stored, (
        select coalesce(ceil(extract(epoch from max(apart)) / 86400), 0)::int from (
          select ${apart("created_at", "conversation_id")} from messages, bound
          where org_id = $1 and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi)
          union all select ${apart("started_at", "session_id")} from activities, bound
          where org_id = $1 and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi) and session_named
          union all select ended_at - started_at from sessions, bound
          where org_id = $1 and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi) and not is_derived
          union all ${details.map(part).join(" union all ")}
        ) r (apart)
      ) as needed
      from organizations where id = $1`,
    values: [tx.org_id, day_rule, from, to],
  });
  if (!found || found.needed <= found.stored) return [];
  const { stored, needed: recomputed } = found;
  return [{ table: "organizations", key: {}, column: "reach_days", stored, recomputed }];
}
