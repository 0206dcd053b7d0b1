import { type SQL, sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { hoursFromRaw } from "./define.ts";

const storeHours = `
  with ${hoursFromRaw},
  counted as (
    delete from ops.hour_changes c using (select start_of(day, $3) as lo, start_of(day + 1, $3) as hi from unnest($2::date[]) t (day)) d
    where c.org_id = $1 and c.at >= d.lo and c.at < d.hi
  ),
  removed as (
    delete from activity_hours h where h.org_id = $1 and h.day = any ($2::date[])
      and not exists (select from fresh f where f.day = h.day and f.platform = h.platform)
    returning h.day
  ),
  stored as (
    insert into activity_hours as h (org_id, day, platform, hours)
    select $1, day, platform, hours from fresh order by day, platform
    on conflict (org_id, day, platform) do update set hours = excluded.hours where h.hours <> excluded.hours
    returning h.day
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows`;

const daysTaken = (p: Record<"org_id" | "days" | "day_rule", SQL>) => sql`
  delete from ops.hour_changes c
  using (select day, start_of(day, ${p.day_rule}) as lo, start_of(day + 1, ${p.day_rule}) as hi from unnest(${p.days}) t (day)) d
  where c.org_id = ${p.org_id} and c.at >= d.lo and c.at < d.hi`;

const params = { org_id: "int", days: "date[]", day_rule: "day_rule" } as const;

const follow = statement(
  "figures.follow_hours",
  params,
  {},
  (p) => sql`
    with change as (
      ${daysTaken(p)}
      returning d.day, c.platform, extract(hour from c.at at time zone zone_at(c.at, ${p.day_rule}))::int as hour, c.activities
    )
    insert into activity_hours as h (org_id, day, platform, hours)
    select ${p.org_id}, day, platform, array[${sql.join(
      Array.from(
        { length: 24 },
        (_, hour) => sql`coalesce(sum(activities) filter (where hour = ${sql.raw(String(hour))}), 0)`,
      ),
      sql`, `,
    )}]::int[]
    from change group by day, platform order by day, platform
    on conflict (org_id, day, platform) do update set hours = (
      select array_agg(was + more order by hour) from unnest(h.hours, excluded.hours) with ordinality c (was, more, hour)
    )`,
);

/** Adds what came in to the activities by local hour of some days. A wrong stored value stays wrong until its day is counted. */
export async function followActivityHours(tx: Tx, days: readonly string[], day_rule: string): Promise<void> {
  if (days.length > 0) await tx.query(follow({ org_id: tx.org_id, days, day_rule }));
}

const forget = statement("figures.forget_hour_changes", params, {}, daysTaken);

/** Drops what came in of some days, whose figures are final. */
export async function forgetHourChanges(tx: Tx, days: readonly string[], day_rule: string): Promise<void> {
  if (days.length > 0) await tx.query(forget({ org_id: tx.org_id, days, day_rule }));
}

/**
 * Computes activities by local hour of some days from raw rows and writes what differs. What came in of these days is in
 * the rows that it counts, so it is dropped by the same statement: by another one it could have come in between.
 */
export async function storeActivityHours(tx: Tx, days: readonly string[], dayRule: string): Promise<void> {
  if (days.length === 0) return;
  const values = [tx.org_id, days, dayRule, ...(await boundIds(tx, days))];
  await tx.query({ name: "store_hours", text: storeHours, values });
}
