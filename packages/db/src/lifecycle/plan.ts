import { outcomeOf } from "./outcome.ts";
import type { LifecyclePlan, PlanInput } from "@twin/contracts/lifecycle";
import { dataTypes } from "@twin/contracts/policies";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { type Cut, cutOf } from "../policies/cuts.ts";
import { type Holds, readHolds } from "../policies/holds.ts";
import { readNextRun } from "./schedule.ts";
import { planSeal, type SealOutcome } from "./seal.ts";
import { steps } from "./steps.ts";

/** What a run would do: which rows of which days it deletes, what waits and why. Changes nothing. */
export function planLifecycle(db: Database, actor: Actor, { at }: PlanInput, now: Date): Promise<LifecyclePlan> {
  return inTenant(db, actor, async (tx) => {
    const { run_at, time_zone } = await readNextRun(tx, now);
    return planRun(tx, at === "now" ? now : new Date(run_at), time_zone);
  });
}

/** What a run at `at` would do with the rows stored now. */
export async function planRun(tx: Tx, at: Date, timezone: string): Promise<LifecyclePlan> {
  const seal = await planSeal(tx, at);
  const holds = await readHolds(tx);
  const planned: LifecyclePlan["steps"] = [];
  for (const data_type of dataTypes) {
    const cut = await cutOf(tx, data_type, at, seal);
    const step = steps.find((one) => one.data_type === data_type);
    const { tables, bytes, first_day, last_day } =
      step && cut.due && !holds.organization ? await step.plan(tx, { cut: cut.cut, due: cut.due, holds }) : nothing;
    const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
    planned.push({
      data_type,
      cut_day: cut.cut_day,
      going: { tables, rows, bytes: Math.round(bytes), first_day, last_day },
      waits: reasonToWait(cut, holds, seal),
      ...outcomeOf(data_type),
    });
  }
  return { at: at.toISOString(), timezone, seal, steps: planned };
}

const nothing = { tables: {}, bytes: 0, first_day: null, last_day: null };

/** Why rows that are older than the policy aren't deleted; null where nothing waits. */
function reasonToWait({ cut, due }: Cut, holds: Holds, { waits }: SealOutcome): string | null {
  if (holds.organization) return "the organisation is under legal hold";
  if (waits && (due === null || due.before < cut))
    return `days from ${waits.day} on can't be final yet: ${waits.reason}`;
  const people = holds.user_ids.length;
  if (people > 0) return `what ${people === 1 ? "1 person" : `${people} people`} under legal hold have part in stays`;
  return null;
}
