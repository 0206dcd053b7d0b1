import type { Erasure } from "@twin/contracts/privacy";
import type { ErasureReason } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { only, type Statement, statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import { readPolicies } from "../../policies/policies.ts";

/** An erasure as stored, with the day when it is due by the current policy. */
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

/** Parameters and columns of every statement about erasures. */
export const erasureParams = { org_id: "int", grace: "text" } as const;
export const erasureRow = {
  id: "uuid",
  user_id: "uuid",
  reason: only<ErasureReason>("text"),
  immediately: "boolean",
  status: only<ErasureRow["status"]>("text"),
  asked_at: "timestamptz",
  asked_by: "text",
  started_at: "timestamptz?",
  ended_at: "timestamptz?",
  number: "int?",
  lines: "jsonb?",
  due_at: "timestamptz",
} as const;

/**
 * Erasures of an organisation by its days of grace, as `e`. An erasure is due at the end of the last whole local day of
 * grace: no day is cut short.
 */
export const selectErasures = (p: { org_id: SQL; grace: SQL }): SQL => sql`
  select e.id, e.user_id, e.reason, e.immediately, e.status, e.asked_at, e.asked_by, e.started_at, e.ended_at, e.number, e.lines,
    case when e.immediately then e.asked_at
      else start_of((day_of(e.asked_at, day_rule_of(o)) + ${p.grace}::interval)::date + 1, day_rule_of(o)) end as due_at
  from erasures e join organizations o on o.id = ${p.org_id} where e.org_id = ${p.org_id}`;

/** Erasures that a statement finds; it gets the organisation and the days of grace by the policy in force at `now`. */
export async function readErasures(
  tx: Tx,
  now: Date,
  find: (given: { org_id: number; grace: string }) => Statement<ErasureRow>,
): Promise<ErasureRow[]> {
  const { count, unit } = (await readPolicies(tx, now)).deleted_users.keep;
  return tx.query(find({ org_id: tx.org_id, grace: `${count} ${unit}` }));
}

const erasureOfUser = statement(
  "privacy.erasure_of_user",
  { ...erasureParams, user_id: "uuid" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where e.user_id = ${p.user_id} and e.status <> 'undone' order by e.asked_at desc limit 1`,
  { plan: "each" },
);

/** A person's current erasure: the one at work, else the last one that was done. */
export async function readErasureOf(tx: Tx, now: Date, user_id: string): Promise<ErasureRow | undefined> {
  const [row] = await readErasures(tx, now, (given) => erasureOfUser({ ...given, user_id }));
  return row;
}

/** What of it is answered. */
export const erasureOf = ({ status: _s, number: _n, lines: _l, ...erasure }: ErasureRow): Erasure => erasure;
