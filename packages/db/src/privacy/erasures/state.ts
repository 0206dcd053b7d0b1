import type { Erasure } from "@twin/contracts/privacy";
import type { ErasureReason } from "@twin/contracts/vocabulary";
import type { Tx } from "../../tenancy/actor.ts";
import { readPolicies } from "../../policies/policies.ts";

/** An erasure as stored, with when it is due by the policy of now. */
export type ErasureRow = {
  id: string;
  user_id: string;
  reason: ErasureReason;
  immediately: boolean;
  status: "asked" | "undone" | "erasing" | "erased";
  asked_at: string;
  asked_by: string;
  due_at: string;
  started_at: string | null;
  ended_at: string | null;
  number: number | null;
  lines: unknown;
};

/**
 * Erasures `e` of the organisation `$1`, whose grace is `$2`. Due is the end of the last whole local day
 * of grace: a day is never cut short.
 */
const erasures = `
  select e.id, e.user_id, e.reason, e.immediately, e.status, e.asked_at, e.asked_by, e.started_at, e.ended_at, e.number, e.lines,
    case when e.immediately then e.asked_at
      else start_of((day_of(e.asked_at, day_rule_of(o)) + $2::interval)::date + 1, day_rule_of(o)) end as due_at
  from erasures e join organizations o on o.id = $1 where e.org_id = $1`;

/** Erasures that meet a condition on `e`, whose own parameters begin with `$3`; due by the policy as it is in force at `now`. */
export async function readErasures(
  tx: Tx,
  now: Date,
  condition: string,
  values: readonly unknown[],
): Promise<ErasureRow[]> {
  const { count, unit } = (await readPolicies(tx, now)).deleted_users.keep;
  return tx.query({
    text: `select e.* from (${erasures}) e where ${condition}`,
    values: [tx.org_id, `${count} ${unit}`, ...values],
  });
}

/** A person's erasure that counts: the one at work, else the last one that was done. */
export async function readErasureOf(tx: Tx, now: Date, user_id: string): Promise<ErasureRow | undefined> {
  const [row] = await readErasures(
    tx,
    now,
    "e.user_id = $3 and e.status <> 'undone' order by e.asked_at desc limit 1",
    [user_id],
  );
  return row;
}

/** What of it is told. */
export const erasureOf = ({ status: _s, number: _n, lines: _l, ...erasure }: ErasureRow): Erasure => erasure;
