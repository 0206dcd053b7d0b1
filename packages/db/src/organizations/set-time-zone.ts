import type { SetTimeZoneAnswer, SetTimeZoneInput } from "@twin/contracts/organization";
import { addDays } from "@twin/contracts/calendar";
import { type Actor, inTenant, type Tx } from "../actor.ts";
import { recordAudit } from "../audit/record.ts";
import { countRange, cutDays } from "../backfills/plan.ts";
import { createBackfill, lockBackfills } from "../backfills/start.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { isZone } from "./create.ts";

type Row = { time_zone: string; is_midnight: boolean };

/**
 * Changes the zone whose days an organisation's figures are by, and begins a backfill of every open day: what is stored
 * under days of the old zone goes, sealed days stay. Batches on their way in are stored first, by the old zone; a backfill
 * at work is cancelled, as this one does its days too.
 * @throws DomainError BAD_REQUEST for a zone that is none; CONFLICT where the seal isn't at a midnight of the new zone
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
    const range = await rangeOf(tx, timezone, now);
    // Counted before the lock, because no batch gets in while it is held.
    const { open } = await countRange(tx, range, timezone);
    const [row] = await tx.query<Row>({
      text: `select time_zone, coalesce(
          day_start((sealed_before at time zone $2)::date, $2) = sealed_before and day_start((sealed_from at time zone $2)::date, $2) = sealed_from,
          true) as is_midnight
        from organizations where id = $1 for update`,
      values: [tx.org_id, timezone],
    });
    if (!row) throw new DomainError("NOT_FOUND", "This organisation does not exist.");
    if (row.time_zone === timezone) return { timezone, backfill: null };
    if (!row.is_midnight) {
      throw new DomainError(
        "CONFLICT",
        `the figures of past days are sealed up to a midnight in ${row.time_zone} that is none in ${timezone}: choose a zone whose days began with it`,
        { path: "timezone" },
      );
    }
    await tx.query({ text: "update organizations set time_zone = $2 where id = $1", values: [tx.org_id, timezone] });
    await tx.query({
      text: `update backfills set status = 'cancelled', finished_at = clock_timestamp(),
          error = 'the time zone was changed: another backfill computes every open day'
        where org_id = $1 and status in ('queued', 'running')`,
      values: [tx.org_id],
    });
    await recordAudit(tx, actor, {
      action: "organization.set_time_zone",
      object_type: "organization",
      object_id: String(tx.org_id),
      details: { from: row.time_zone, to: timezone },
    });
    if (open.length === 0) return { timezone, backfill: null };
    const chunks = cutDays(open);
    // What came in while the days were counted may be older than all the rest.
    const { from } = await rangeOf(tx, timezone, now);
    if (from < range.from) chunks.unshift({ from, to: addDays(range.from, -1), raw_rows: 0 });
    const whole = { what: "metrics", from: chunks[0]!.from, to: range.to } as const;
    return { timezone, backfill: await createBackfill(tx, actor, whole, chunks) };
  });
}

async function isKnown(tx: Tx, zone: string): Promise<boolean> {
  if (!isZone(zone)) return false;
  const found = await tx.query({ text: "select from pg_timezone_names where name = $1", values: [zone] });
  return found.length > 0;
}

/** From the first to the last day of which there is anything, by the old zone or the new one, which may be a day apart each way. */
async function rangeOf(tx: Tx, zone: string, now: Date): Promise<{ from: string; to: string }> {
  const day = (of: string) => `(${of} at time zone $2)::date`;
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
    values: [tx.org_id, zone, now.toISOString()],
  });
  return range!;
}
