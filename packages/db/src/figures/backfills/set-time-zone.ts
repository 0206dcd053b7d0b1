import type { SetTimeZoneAnswer, SetTimeZoneInput } from "@twin/contracts/organization";
import { addDays } from "@twin/contracts/calendar";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { countRange, cutDays } from "./plan.ts";
import { createBackfill, lockBackfills } from "./start.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { isZone } from "../../access/create-organization.ts";

/**
 * Changes the zone whose days an organisation's figures are by, and begins a backfill of every open day: what is stored
 * under days of the old zone goes, sealed days stay as they were sealed, and the days beside them are as long as it takes.
 * Batches on their way in are stored first, by the old zone; a backfill at work is cancelled, as this one does its days too.
 * @throws DomainError BAD_REQUEST for a zone that is none
 */
export function setTimeZone(
  db: Database,
  actor: Actor,
  { timezone }: SetTimeZoneInput,
  now: Date = new Date(),
): Promise<SetTimeZoneAnswer> {
  return inTenant(db, actor, async (tx) => {
    if (!(await isKnown(tx, timezone))) {
      throw new DomainError("BAD_REQUEST", `"${timezone}" is no time zone: use an IANA name like Europe/Berlin`, {
        path: "timezone",
      });
    }
    await lockBackfills(tx);
    // Counted before the lock, because no batch gets in while it is held.
    const planned = await readRuleAfter(tx, timezone);
    const range = await rangeOf(tx, planned, now);
    const { open } = await countRange(tx, range, planned);
    const [organization] = await tx.query<{ time_zone: string }>({
      text: "select time_zone from organizations where id = $1 for update",
      values: [tx.org_id],
    });
    if (!organization) throw new DomainError("NOT_FOUND", "This organisation does not exist.");
    if (organization.time_zone === timezone) return { timezone, backfill: null };
    // Read anew: the seal may have moved.
    const rule = await readRuleAfter(tx, timezone);
    await tx.query({
      text: `update organizations
        set (time_zone, turn_at, turn_day, turn_zone) = (select zone, turn_at, turn_day, turn_zone from (select ($2::day_rule).*) r)
        where id = $1`,
      values: [tx.org_id, rule],
    });
    await tx.query({
      text: `update backfills set status = 'cancelled', finished_at = clock_timestamp(),
          error = 'the time zone was changed: another backfill computes every open day'
        where org_id = $1 and status in ('queued', 'running')`,
      values: [tx.org_id],
    });
    await recordAudit(tx, {
      action: "organization.set_time_zone",
      object_type: "organization",
      object_id: String(tx.org_id),
      details: { from: organization.time_zone, to: timezone },
    });
    if (open.length === 0) return { timezone, backfill: null };
    const chunks = cutDays(open);
    // What came in while the days were counted may be older than all the rest.
    const { from } = await rangeOf(tx, rule, now);
    if (from < range.from) chunks.unshift({ from, to: addDays(range.from, -1), raw_rows: 0 });
    const whole = { what: "metrics", from: chunks[0]!.from, to: range.to } as const;
    return { timezone, backfill: await createBackfill(tx, actor, whole, chunks, timezone) };
  });
}

async function isKnown(tx: Tx, zone: string): Promise<boolean> {
  if (!isZone(zone)) return false;
  const found = await tx.query({ text: "select from pg_timezone_names where name = $1", values: [zone] });
  return found.length > 0;
}

/**
 * The organisation's day rule once its zone is `$2`: within the seal as it is now, by the new zone on both sides of it. Of
 * the places where zones may meet (the ends of the seal, and the turns in it) those are left out where a day of one zone
 * begins anyway: so whoever changes back has no turn left.
 */
const ruleAfter = `
  with o as (select o.*, day_rule_of(o) as rule from organizations o where o.id = $1),
  meeting as (
    select at, day_from(at, rule) as day, case when at < sealed_before then zone_at(at, rule) else $2 end as zone
    from o cross join lateral (
      select sealed_from as at union select sealed_before
      union select u.at from unnest(turn_at) u (at) where u.at > sealed_from and u.at < sealed_before
    ) m where sealed_from < sealed_before
  ),
  turn as (
    select * from (select *, lag(zone, 1, $2) over (order by at) as zone_before from meeting) m
    where zone <> zone_before or at <> day_start(day, zone)
  )
  select row ($2, array_agg(at order by at), array_agg(day order by at), (array_agg(zone order by at))[:count(*)::int - 1])::day_rule as rule
  from turn`;

async function readRuleAfter(tx: Tx, zone: string): Promise<string> {
  const [after] = await tx.query<{ rule: string }>({ text: ruleAfter, values: [tx.org_id, zone] });
  return after!.rule;
}

/** From the first to the last day of which there is anything, by the old zone or the new one, which may be a day apart each way. */
async function rangeOf(tx: Tx, dayRule: string, now: Date): Promise<{ from: string; to: string }> {
  const day = (of: string) => `day_of(${of}, $2)`;
  const first = (table: string, at: string, order = at) =>
    `(select ${day(at)} from ${table} where org_id = $1 order by ${order} limit 1)`;
  const [range] = await tx.query<{ from: string; to: string }>({
    text: `select least(
        ${first("sessions", "started_at", "id")}, ${first("activities", "started_at", "id")}, ${first("messages", "created_at", "id")},
        ${first("feature_events", "used_at", "id")}, ${first("users", "created_at")}, ${first("documents", "created_at")},
        ${first("queries", "created_at")}, ${first("shared_twin_interactions", "created_at")},
        (select min(metric_date) from daily_metrics where org_id = $1), (select min(day) from user_days where org_id = $1),
        ${day("$3::timestamptz")}
      ) - 2 as "from",
      greatest((select max(metric_date) from daily_metrics where org_id = $1), ${day("$3::timestamptz")}) + 2 as "to"`,
    values: [tx.org_id, dayRule, now.toISOString()],
  });
  return range!;
}
