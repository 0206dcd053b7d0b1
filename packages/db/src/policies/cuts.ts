import type { DataType } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { readPolicies } from "./policies.ts";
import { statement } from "../postgres/statement.ts";

/** What of one kind of data may be deleted at this moment. */
export type Cut = {
  /** Rows before it are older than the policy. */
  cut: string;
  cut_day: string;
  /**
   * What policy and seal allow to delete: rows whose times all lie in [from, before). Null while nothing is sealed, or
   * nothing sealed is old enough. `settled`: sessions that end before it can't be derived anew any more. Soft-deleted
   * people need no seal: for them it is [-infinity, cut).
   */
  due: { from: string; before: string; settled: string } | null;
};

type Planned = { sealed_from: string | null; sealed_before: string | null };
const nothingPlanned: Planned = { sealed_from: null, sealed_before: null };

/** Days beside a change of zone may be short; no two days of one zone together are shorter than this. */
const twoDays = sql.raw("interval '44 hours'");

const allowedBySeal = statement(
  "policies.allowed_by_seal",
  { org_id: "int", data_type: "text", sealed_from: "timestamptz?", sealed_before: "timestamptz?" },
  { from: "timestamptz", before: "timestamptz", settled: "timestamptz" },
  (p) => sql`
    select b.sealed_from as "from", case ${p.data_type}
        when 'activities' then least(s.kept_from, start_of(date_trunc('month', s.day::timestamp)::date, day_rule_of(o)))
        else s.kept_from end as before, s.kept_from as settled
    from organizations o
    cross join lateral (
      select coalesce(${p.sealed_from}, o.sealed_from) as sealed_from, coalesce(${p.sealed_before}, o.sealed_before) as sealed_before
    ) b
    cross join lateral (select day_from(b.sealed_before, day_rule_of(o)) as day) d
    cross join lateral (
      select d.day, least(start_of(d.day - 2, day_rule_of(o)), b.sealed_before - ${twoDays}) as kept_from
    ) s
    where o.id = ${p.org_id} and b.sealed_before is not null`,
);

/**
 * What of `data_type` may be deleted at `now`, by the policy in force and by the seal. Days are sealed before anything is
 * deleted that they were computed from; raw rows of the last two sealed days stay, because sessions after the seal are
 * derived from them; and activities are deleted only from months that are sealed to their end, because monthly stats are
 * computed from a month's activities. Holds come on top (`readHolds`).
 * @param planned the seal as it will be by then; by default the present one
 */
export async function cutOf(tx: Tx, data_type: DataType, now: Date, planned: Planned = nothingPlanned): Promise<Cut> {
  const { cut, cut_day } = (await readPolicies(tx, now))[data_type];
  if (data_type === "deleted_users") return { cut, cut_day, due: { from: "-infinity", before: cut, settled: cut } };
  const [sealed] = await tx.query(allowedBySeal({ org_id: tx.org_id, data_type, ...planned }));
  if (!sealed) return { cut, cut_day, due: null };
  const before = cut < sealed.before ? cut : sealed.before;
  return { cut, cut_day, due: sealed.from < before ? { ...sealed, before } : null };
}
