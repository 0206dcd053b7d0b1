import { type DataType, dataTypes, type Keep, policyKinds } from "@twin/contracts/policies";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { only, statement } from "../postgres/statement.ts";

/** How long one kind of data is kept, as it is in force at the time that was asked for. */
export type Policy = {
  data_type: DataType;
  keep: Keep;
  /** Whether it is the default, which nobody has chosen. */
  is_default: boolean;
  /** A shorter time that begins at `from`; null once it has begun. */
  pending: (Keep & { from: string }) | null;
  changed_at: string | null;
  changed_by: string | null;
  /** First local day that is kept, and the instant at which it begins: rows before it are older than the policy. */
  cut_day: string;
  cut: string;
};
export type Policies = Record<DataType, Policy>;

/**
 * The local day this long before the day `today`, by the calendar: a month before 31 March is 28 or 29 February.
 * @param keep text like `2 years`
 */
export const dayBefore = (today: SQL, keep: SQL): SQL => sql`(${today} - (${keep})::interval)::date`;

const policiesAt = statement(
  "policies.policies_in_force",
  { org_id: "int", data_types: "text[]", counts: "int[]", units: "text[]", now: "timestamptz" },
  {
    data_type: only<DataType>("text"),
    count: "int",
    unit: only<Keep["unit"]>("text"),
    is_default: "boolean",
    pending_count: "int?",
    pending_unit: only<Keep["unit"] | null>("text?"),
    pending_from: "timestamptz?",
    changed_at: "timestamptz?",
    changed_by: "text?",
    cut_day: "date",
    cut: "timestamptz",
  },
  (p) => sql`
    select k.data_type, k.count, k.unit, k.is_default, k.pending_count, k.pending_unit, k.pending_from, k.changed_at, k.changed_by,
      c.cut_day, start_of(c.cut_day, day_rule_of(o)) as cut
    from organizations o
    cross join lateral (
      select d.data_type, r.data_type is null as is_default, r.changed_at, r.changed_by,
        case when r.pending_from <= ${p.now} then r.pending_count else coalesce(r.keep_count, d.count) end as count,
        case when r.pending_from <= ${p.now} then r.pending_unit else coalesce(r.keep_unit, d.unit) end as unit,
        case when r.pending_from > ${p.now} then r.pending_count end as pending_count,
        case when r.pending_from > ${p.now} then r.pending_unit end as pending_unit,
        case when r.pending_from > ${p.now} then r.pending_from end as pending_from
      from unnest(${p.data_types}, ${p.counts}, ${p.units}) d (data_type, count, unit)
      left join retention_policies r on r.org_id = ${p.org_id} and r.data_type = d.data_type
    ) k
    cross join lateral (select ${dayBefore(sql`day_of(${p.now}, day_rule_of(o))`, sql`k.count || ' ' || k.unit`)} as cut_day) c
    where o.id = ${p.org_id}`,
);

/**
 * The policies of the transaction's organisation as they are in force at `now`. Messages are never kept longer than the
 * activities that they belong to, so their cut is at least that of activities.
 */
export async function readPolicies(tx: Tx, now: Date): Promise<Policies> {
  const rows = await tx.query(
    policiesAt({
      org_id: tx.org_id,
      data_types: dataTypes,
      counts: dataTypes.map((type) => policyKinds[type].standard.count),
      units: dataTypes.map((type) => policyKinds[type].standard.unit),
      now: now.toISOString(),
    }),
  );
  if (rows.length === 0) throw new Error(`organisation ${tx.org_id} is gone`);
  const policies = Object.fromEntries(
    rows.map(({ count, unit, pending_count, pending_unit, pending_from, ...policy }) => [
      policy.data_type,
      {
        ...policy,
        keep: { count, unit },
        pending: pending_from === null ? null : { count: pending_count!, unit: pending_unit!, from: pending_from },
      },
    ]),
  ) as Policies;
  const { activities, messages } = policies;
  if (messages.cut < activities.cut) Object.assign(messages, { cut: activities.cut, cut_day: activities.cut_day });
  return policies;
}
