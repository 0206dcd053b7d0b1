import { sql } from "drizzle-orm";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { type Actor, asActor, inAuth, type Tx } from "../tenancy/actor.ts";

const resume = statement(
  "demonstration.resume",
  {},
  { task: "text?" },
  () => sql`select resume_demonstration() as task`,
  { plan: "each" },
);

const unfinished = statement(
  "demonstration.unfinished",
  {},
  { org_id: "int", slug: "text" },
  () => sql`
    select id as org_id, slug from auth.organizations
    where is_demo and (filled_at is null or removed_at is not null) order by id`,
  { plan: "each" },
);

const markFilled = statement(
  "demonstration.mark_filled",
  { org_id: "int", now: "timestamptz" },
  {},
  (p) => sql`update auth.organizations set filled_at = ${p.now} where id = ${p.org_id} and is_demo`,
  { plan: "each" },
);

/**
 * Queues the job that the actor's demonstration lacks, in the caller's transaction: the one that fills it, or the one that
 * removes it. Nothing where it is whole, or such a job waits or runs.
 * @returns its task, or null
 */
export async function resumeWithin(tx: Tx, { org_id, request_id }: Actor): Promise<string | null> {
  const system = { kind: "system", org_id, job: "demo/resume", request_id } as const;
  const [queued] = await asActor(tx, system, (own) => own.query(resume({})));
  return queued!.task;
}

/** The same in a transaction of its own. */
export const resumeDemonstration = (db: Database, actor: Actor): Promise<string | null> =>
  inAuth(db, (tx) => resumeWithin(tx, actor));

/** Demonstrations that are not whole yet, or still being removed. */
export const listUnfinished = (db: Database): Promise<{ org_id: number; slug: string }[]> =>
  inAuth(db, (tx) => tx.query(unfinished({})));

/** Notes that the actor's demonstration has its whole history: no job fills it again. */
export async function markDemonstrationFilled(db: Database, actor: Actor, now: Date): Promise<void> {
  await inAuth(db, (tx) => tx.query(markFilled({ org_id: actor.org_id, now: now.toISOString() })));
}
