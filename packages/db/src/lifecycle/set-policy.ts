import { outcomeOf } from "./outcome.ts";
import type { PolicyInput, PolicyPreview, RetentionPolicy } from "@twin/contracts/lifecycle";
import { coolDownDays, type DataType, type Keep, policyKinds } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { countDays, monthsOf, readOldestDays, sumDays } from "../policies/day-counts.ts";
import { holdPurges, readHolds } from "../policies/holds.ts";
import { describePolicy } from "./list-policies.ts";
import { dayBefore, readPolicies } from "../policies/policies.ts";
import { rowsDueOf, readRowSizes } from "../policies/row-sizes.ts";
import { statement } from "../postgres/statement.ts";

/** `2 years`, `1 month`. */
export const keepText = ({ count, unit }: Keep): string => `${count} ${unit}${count === 1 ? "" : "s"}`;

type Proposal = { change: PolicyPreview["change"]; in_force_from: string; cut_day: string; kept_until_then: string };

/**
 * What a policy would do, without setting it: when it would be in force, and what it would delete then that the current
 * policy keeps, estimated from the figures of the days.
 * @throws DomainError BAD_REQUEST for a time out of bounds
 */
export function previewPolicy(db: Database, actor: Actor, input: PolicyInput, now: Date): Promise<PolicyPreview> {
  return inTenant(db, actor, async (tx) => {
    const { change, in_force_from, cut_day, kept_until_then } = await propose(tx, input, now);
    const holds = await readHolds(tx);
    const sizes = await readRowSizes(tx);
    const counts = (await countDays(tx, holds))[input.data_type];
    const oldest = (await readOldestDays(tx, holds))[input.data_type];
    const from = oldest !== null && oldest > kept_until_then ? oldest : kept_until_then;
    const going = rowsDueOf(sumDays(counts, from, holds.organization ? from : cut_day), sizes);
    const months = monthsOf(going.first_day ?? "9999-01-01", going.last_day ?? "1970-01-01").map(
      ({ month, before }) => {
        const { rows, bytes } = rowsDueOf(
          sumDays(counts, month > from ? month : from, before < cut_day ? before : cut_day),
          sizes,
        );
        return { month, rows, bytes };
      },
    );
    return {
      change,
      in_force_from,
      cut_day,
      going,
      months,
      loses: going.rows > 0 ? outcomeOf(input.data_type).loses : [],
    };
  });
}

/**
 * Sets how long a kind of data is kept. A longer time is in force at once; a shorter one 7 days later, so that it can be
 * cancelled before anything is lost. A pending one is replaced.
 * @throws DomainError BAD_REQUEST for a time out of bounds
 */
export function setPolicy(db: Database, actor: Actor, input: PolicyInput, now: Date): Promise<RetentionPolicy> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    const { data_type, keep } = input;
    const was = (await readPolicies(tx, now))[data_type];
    const { change, in_force_from } = await propose(tx, input, now);
    const isSame = was.keep.count === keep.count && was.keep.unit === keep.unit;
    if (isSame && was.pending === null) return describePolicy(tx, data_type, now);
    const waits = change === "shorter";
    await store(tx, actor, data_type, waits ? was.keep : keep, waits ? { ...keep, from: in_force_from } : null, now);
    await recordAudit(tx, {
      action: "lifecycle.set_policy",
      object_type: "retention_policy",
      object_id: data_type,
      details: { was: keepText(was.keep), now: keepText(keep), in_force_from },
    });
    return describePolicy(tx, data_type, now);
  });
}

/** Cancels a shorter time that isn't in force yet; without one nothing happens. */
export function cancelPending(
  db: Database,
  actor: Actor,
  { data_type }: { data_type: DataType },
  now: Date,
): Promise<RetentionPolicy> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    const { keep, pending } = (await readPolicies(tx, now))[data_type];
    if (pending === null) return describePolicy(tx, data_type, now);
    await store(tx, actor, data_type, keep, null, now);
    await recordAudit(tx, {
      action: "lifecycle.cancel_pending_policy",
      object_type: "retention_policy",
      object_id: data_type,
      details: { stays: keepText(keep), taken_back: keepText(pending) },
    });
    return describePolicy(tx, data_type, now);
  });
}

const storePolicy = statement(
  "lifecycle.store_policy",
  {
    org_id: "int",
    data_type: "text",
    count: "int",
    unit: "text",
    pending_count: "int?",
    pending_unit: "text?",
    pending_from: "timestamptz?",
    changed_at: "timestamptz",
    changed_by: "text",
  },
  {},
  (p) => sql`
    insert into retention_policies
      (org_id, data_type, keep_count, keep_unit, pending_count, pending_unit, pending_from, changed_at, changed_by)
    values (${p.org_id}, ${p.data_type}, ${p.count}, ${p.unit}, ${p.pending_count}, ${p.pending_unit}, ${p.pending_from},
      ${p.changed_at}, ${p.changed_by})
    on conflict (org_id, data_type) do update set keep_count = excluded.keep_count, keep_unit = excluded.keep_unit,
      pending_count = excluded.pending_count, pending_unit = excluded.pending_unit, pending_from = excluded.pending_from,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
  { plan: "each" },
);

async function store(
  tx: Tx,
  actor: Actor,
  data_type: DataType,
  keep: Keep,
  pending: (Keep & { from: string }) | null,
  now: Date,
): Promise<void> {
  await tx.query(
    storePolicy({
      org_id: tx.org_id,
      data_type,
      ...keep,
      pending_count: pending?.count ?? null,
      pending_unit: pending?.unit ?? null,
      pending_from: pending?.from ?? null,
      changed_at: now.toISOString(),
      changed_by: actor.kind === "system" ? actor.job : actor.name,
    }),
  );
}

/** The first days that are kept under each of some times, now, and once a shorter one is in force. */
const boundsOf = statement(
  "lifecycle.bounds_of_policy",
  {
    org_id: "int",
    now: "timestamptz",
    keep: "text",
    current: "text",
    least: "text",
    most: "text",
    activities: "text",
  },
  {
    day: "date",
    current: "date",
    least: "date",
    most: "date",
    activities: "date",
    day_then: "date",
    current_then: "date",
    later: "timestamptz",
  },
  (p) => {
    const [today, then] = [sql`t.today`, sql`day_of(l.later, day_rule_of(o))`];
    return sql`
      select ${dayBefore(today, p.keep)} as day, ${dayBefore(today, p.current)} as current,
        ${dayBefore(today, p.least)} as least, ${dayBefore(today, p.most)} as most,
        ${dayBefore(today, p.activities)} as activities,
        ${dayBefore(then, p.keep)} as day_then, ${dayBefore(then, p.current)} as current_then, l.later
      from organizations o
      cross join lateral (select day_of(${p.now}, day_rule_of(o)) as today) t
      cross join lateral (select ${p.now} + interval '${sql.raw(String(coolDownDays))} days' as later) l
      where o.id = ${p.org_id}`;
  },
  { plan: "each" },
);

/** Compares by the calendar of `now`: which of two times is longer is a question of days. */
async function propose(tx: Tx, { data_type, keep }: PolicyInput, now: Date): Promise<Proposal> {
  const policies = await readPolicies(tx, now);
  const { least, most } = policyKinds[data_type];
  const current = policies[data_type].keep;
  const [bounds] = await tx.query(
    boundsOf({
      org_id: tx.org_id,
      now: now.toISOString(),
      keep: keepText(keep),
      current: keepText(current),
      least: keepText(least),
      most: keepText(most),
      activities: keepText(policies.activities.keep),
    }),
  );
  const { day, ...of } = bounds!;
  const refuse = (message: string) => new DomainError("BAD_REQUEST", message, { path: "keep" });
  if (day > of.least || day < of.most) {
    throw refuse(
      `${data_type} are kept between ${keepText(least)} and ${keepText(most)}: ${keepText(keep)} is ${day > of.least ? "too short" : "too long"}`,
    );
  }
  if (data_type === "messages" && day < of.activities) {
    throw refuse(
      `messages go with their activities, which are kept ${keepText(policies.activities.keep)}: choose no longer than that, or keep activities longer first`,
    );
  }
  const change = day === of.current ? "none" : day < of.current ? "longer" : "shorter";
  return change === "shorter"
    ? { change, in_force_from: of.later, cut_day: of.day_then, kept_until_then: of.current_then }
    : { change, in_force_from: now.toISOString(), cut_day: day, kept_until_then: of.current };
}
