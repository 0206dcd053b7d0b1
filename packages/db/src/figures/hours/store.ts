import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { hoursFromRaw } from "./define.ts";

const storeHours = `
  with ${hoursFromRaw},
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

/** Computes activities by local hour of some days from raw rows and writes what differs. */
export async function storeActivityHours(tx: Tx, days: readonly string[], dayRule: string): Promise<void> {
  if (days.length === 0) return;
  const values = [tx.org_id, days, dayRule, ...(await boundIds(tx, days))];
  await tx.query({ name: "store_hours", text: storeHours, values });
}
