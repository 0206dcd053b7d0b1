import type { SetTimeZoneAnswer, SetTimeZoneInput } from "@twin/contracts/organization";
import { addDays } from "@twin/contracts/calendar";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { countRange, cutDays } from "./plan.ts";
import { createBackfill, lockBackfills } from "./start.ts";
import type { Database } from "../../postgres/connect.ts";
import { recordKinds, timedTables } from "../../records/kinds.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { isZone } from "../../access/create-organization.ts";

const lockZone = statement(
  "figures.lock_time_zone",
  { org_id: "int" },
  { time_zone: "text" },
  (p) => sql`select time_zone from organizations where id = ${p.org_id} for update`,
  { plan: "each" },
);

const storeRule = statement(
  "figures.store_day_rule",
  { org_id: "int", rule: "day_rule" },
  {},
  (p) => sql`
    update organizations
    set (time_zone, turn_at, turn_day, turn_zone) = (select zone, turn_at, turn_day, turn_zone from (select (${p.rule}).*) r)
    where id = ${p.org_id}`,
  { plan: "each" },
);

const cancelAll = statement(
  "figures.cancel_backfills_of_zone",
  { org_id: "int" },
  {},
  (p) => sql`
    update backfills set status = 'cancelled', finished_at = clock_timestamp(),
      error = 'the time zone was changed: another backfill computes every open day'
    where org_id = ${p.org_id} and status in ('queued', 'running')`,
  { plan: "each" },
);

/**
 * Changes the time zone of an organisation's figures, and begins a backfill of every open day: figures of days of the old
 * zone are deleted, sealed days stay as they were sealed, and the days between both zones are longer or shorter. Batches in
 * progress are stored first, by the old zone; a backfill at work is cancelled, because this one computes its days too.
 * @throws DomainError BAD_REQUEST for a zone that is none
 */
export function setTimeZone(
  db: Database,
  actor: Actor,
  { timezone }: SetTimeZoneInput,
  now: Date,
): Promise<SetTimeZoneAnswer> {
  return inTenant(db, actor, async (tx) => {
    if (!(await isKnown(tx, timezone))) {
      throw new DomainError("BAD_REQUEST", `"${timezone}" is no time zone: use an IANA name like Europe/Berlin`, {
        path: "timezone",
      });
    }
    await lockBackfills(tx);
    // Counted before the lock, because ingest is blocked while it is held.
    const planned = await readRuleAfter(tx, timezone);
    const range = await rangeOf(tx, planned, now);
    const { open } = await countRange(tx, range, planned);
    const [organization] = await tx.query(lockZone({ org_id: tx.org_id }));
    if (!organization) throw new DomainError("NOT_FOUND", "this organisation does not exist any more");
    if (organization.time_zone === timezone) return { timezone, backfill: null };
    // Read anew: the seal may have moved.
    const rule = await readRuleAfter(tx, timezone);
    await tx.query(storeRule({ org_id: tx.org_id, rule }));
    await tx.query(cancelAll({ org_id: tx.org_id }));
    await recordAudit(tx, {
      action: "organization.set_time_zone",
      object_type: "organization",
      object_id: String(tx.org_id),
      details: { from: organization.time_zone, to: timezone },
    });
    if (open.length === 0) return { timezone, backfill: null };
    const chunks = cutDays(open);
    // Records that came in while the days were counted may be older than all others.
    const { from } = await rangeOf(tx, rule, now);
    if (from < range.from) chunks.unshift({ from, to: addDays(range.from, -1), raw_rows: 0 });
    const whole = { what: "metrics", from: chunks[0]!.from, to: range.to } as const;
    return { timezone, backfill: await createBackfill(tx, actor, whole, chunks, timezone) };
  });
}

const knownZone = statement(
  "figures.known_time_zone",
  { zone: "text" },
  {},
  (p) => sql`select from pg_timezone_names where name = ${p.zone}`,
  { plan: "each" },
);

async function isKnown(tx: Tx, zone: string): Promise<boolean> {
  if (!isZone(zone)) return false;
  const found = await tx.query(knownZone({ zone }));
  return found.length > 0;
}

/**
 * The organisation's day rule after a change of zone: within the seal as it is now, by the new zone on both sides of it.
 * Zones meet at the ends of the seal and where they changed inside of it; a place is left out where a day of one zone
 * begins at that moment anyway, so changing back leaves no trace.
 */
const ruleAfter = statement(
  "figures.day_rule_after",
  { org_id: "int", zone: "text" },
  { rule: "day_rule" },
  (p) => sql`
    with o as (select o.*, day_rule_of(o) as rule from organizations o where o.id = ${p.org_id}),
    meeting as (
      select at, day_from(at, rule) as day, case when at < sealed_before then zone_at(at, rule) else ${p.zone} end as zone
      from o cross join lateral (
        select sealed_from as at union select sealed_before
        union select u.at from unnest(turn_at) u (at) where u.at > sealed_from and u.at < sealed_before
      ) m where sealed_from < sealed_before
    ),
    turn as (
      select * from (select *, lag(zone, 1, ${p.zone}) over (order by at) as zone_before from meeting) m
      where zone <> zone_before or at <> day_start(day, zone)
    )
    select row (${p.zone}, array_agg(at order by at), array_agg(day order by at), (array_agg(zone order by at))[:count(*)::int - 1])::day_rule as rule
    from turn`,
  { plan: "each" },
);

async function readRuleAfter(tx: Tx, zone: string): Promise<string> {
  const [after] = await tx.query(ruleAfter({ org_id: tx.org_id, zone }));
  return after!.rule;
}

const reach = statement(
  "figures.days_by_zones",
  { org_id: "int", rule: "day_rule", now: "timestamptz" },
  { from: "date", to: "date" },
  (p) => {
    const first = (table: string, at: string, order = at) =>
      sql`(select day_of(${sql.raw(at)}, ${p.rule}) from ${sql.raw(table)} where org_id = ${p.org_id} order by ${sql.raw(order)} limit 1)`;
    return sql`
      select least(
        ${first("users", "created_at")}, ${sql.join(
          timedTables.map((table) => {
            const { id, at } = recordKinds[table];
            return first(table, at, id === "id" ? id : at);
          }),
          sql`,
        `,
        )},
        (select min(metric_date) from daily_metrics where org_id = ${p.org_id}), (select min(day) from user_days where org_id = ${p.org_id}),
        day_of(${p.now}, ${p.rule})
      ) - 2 as "from",
      greatest((select max(metric_date) from daily_metrics where org_id = ${p.org_id}), day_of(${p.now}, ${p.rule})) + 2 as "to"`;
  },
  { plan: "each" },
);

/** The first and last day with anything on them, by the old zone or the new one, which may differ by a day. */
async function rangeOf(tx: Tx, dayRule: string, now: Date): Promise<{ from: string; to: string }> {
  const [range] = await tx.query(reach({ org_id: tx.org_id, rule: dayRule, now: now.toISOString() }));
  return range!;
}
