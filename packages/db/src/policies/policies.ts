import { type DataType, dataTypes, type Keep, keepBounds } from "@twin/contracts/vocabulary";
import type { Tx } from "../tenancy/actor.ts";

/** How long one kind of data is kept, as it is in force at the time that was asked for. */
export type Policy = {
  data_type: DataType;
  keep: Keep;
  /** Nobody has chosen it. */
  is_default: boolean;
  /** A shorter time that begins at `from`; null once it has begun. */
  pending: (Keep & { from: string }) | null;
  changed_at: string | null;
  changed_by: string | null;
  /** First local day that is kept, and the instant at which it begins: what lies before is older than the policy. */
  cut_day: string;
  cut: string;
};
export type Policies = Record<DataType, Policy>;

type Row = Omit<Policy, "keep" | "pending"> & {
  count: number;
  unit: Keep["unit"];
  pending_count: number | null;
  pending_unit: Keep["unit"] | null;
  pending_from: string | null;
};

/** The local day so long before the day `today`, by the calendar: a month before 31 March is 28 or 29 February. */
export const dayBefore = (today: string, count: string, unit: string): string =>
  `(${today} - (${count}::text || ' ' || ${unit})::interval)::date`;

const policiesAt = `
  select k.data_type, k.count, k.unit, k.is_default, k.pending_count, k.pending_unit, k.pending_from, k.changed_at, k.changed_by,
    c.cut_day, start_of(c.cut_day, day_rule_of(o)) as cut
  from organizations o
  cross join lateral (
    select d.data_type, p.data_type is null as is_default, p.changed_at, p.changed_by,
      case when p.pending_from <= $5 then p.pending_count else coalesce(p.keep_count, d.count) end as count,
      case when p.pending_from <= $5 then p.pending_unit else coalesce(p.keep_unit, d.unit) end as unit,
      case when p.pending_from > $5 then p.pending_count end as pending_count,
      case when p.pending_from > $5 then p.pending_unit end as pending_unit,
      case when p.pending_from > $5 then p.pending_from end as pending_from
    from unnest($2::text[], $3::int[], $4::text[]) d (data_type, count, unit)
    left join retention_policies p on p.org_id = $1 and p.data_type = d.data_type
  ) k
  cross join lateral (select ${dayBefore("day_of($5, day_rule_of(o))", "k.count", "k.unit")} as cut_day) c
  where o.id = $1`;

/**
 * The policies of the transaction's organisation as they are in force at `now`. Messages are never kept longer than the
 * activities that they belong to, so their cut is at least that of activities.
 */
export async function readPolicies(tx: Tx, now: Date): Promise<Policies> {
  const rows = await tx.query<Row>({
    name: "read_policies",
    text: policiesAt,
    values: [
      tx.org_id,
      dataTypes,
      dataTypes.map((type) => keepBounds[type].standard.count),
      dataTypes.map((type) => keepBounds[type].standard.unit),
      now.toISOString(),
    ],
  });
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
