import type { LifecyclePolicies, RetentionPolicy } from "@twin/contracts/lifecycle";
import { type DataType, dataTypes, policyKinds } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { readHolds } from "../policies/holds.ts";
import { readPolicies } from "../policies/policies.ts";
import { readLastRuns } from "./runs.ts";
import { readNextRun } from "./schedule.ts";
import { readSealedDays } from "./seal.ts";
import { statement } from "../postgres/statement.ts";

const currentSeal = statement(
  "lifecycle.current_seal",
  { org_id: "int" },
  { sealed_from: "timestamptz?", sealed_before: "timestamptz?" },
  (p) => sql`select sealed_from, sealed_before from organizations where id = ${p.org_id}`,
  { plan: "each" },
);

/** The policies of the actor's organisation, what their last runs did, and when the next one is. */
export function listPolicies(db: Database, actor: Actor, _input: object = {}, now: Date): Promise<LifecyclePolicies> {
  return inTenant(db, actor, async (tx) => {
    const { run_at, time_zone } = await readNextRun(tx, now);
    const holds = await readHolds(tx);
    const [seal] = await tx.query(currentSeal({ org_id: tx.org_id }));
    return {
      policies: await describePolicies(tx, now),
      timezone: time_zone,
      ...seal!,
      sealed_days: await readSealedDays(tx),
      next_run_at: run_at,
      organization_held: holds.organization,
      people_held: holds.user_ids.length,
    };
  });
}

async function describePolicies(tx: Tx, now: Date): Promise<RetentionPolicy[]> {
  const policies = await readPolicies(tx, now);
  const last = await readLastRuns(tx);
  return dataTypes.map((data_type) => {
    const { cut: _, ...policy } = policies[data_type];
    const { least, most } = policyKinds[data_type];
    return { ...policy, least, most, last_run: last.get(data_type) ?? null };
  });
}

/** One policy as it is answered. */
export async function describePolicy(tx: Tx, data_type: DataType, now: Date): Promise<RetentionPolicy> {
  return (await describePolicies(tx, now)).find((policy) => policy.data_type === data_type)!;
}
