import type { Tx } from "../tenancy/actor.ts";

/**
 * Two keys of one lock space: ours, and the organisation. The lock is taken by a statement of its own, so that later
 * statements see what its last holder stored.
 */
const rollupLock = "hashtext('twin: rollup')";

/** Planning over all months takes longer than the work itself: statements of this transaction are planned once a connection. */
export async function planOnce(tx: Tx): Promise<void> {
  await tx.query({ text: "set local plan_cache_mode = force_generic_plan; set local jit = off" });
}

/**
 * A transaction in which statements are planned once, with each statement planned for its values instead, or
 * the planner would join a chunk's own rows by loops; but not for its organisation. Of one that statistics don't know yet the
 * planner expects no rows: all indexes that begin with the organisation cost the same then, and it takes any. Names are left
 * out, rather than the setting changed, which would also plan the check of every foreign key anew, row by row.
 */
export async function planEach(tx: Tx): Promise<Tx> {
  await tx.query({ text: "set local plan_cache_mode = auto" });
  return {
    org_id: tx.org_id,
    query: ({ text, values }) => tx.query({ text: ofAnyTenant(text), ...(values && { values }) }),
    get orm() {
      return tx.orm;
    },
  };
}

const ofAnyTenant = (text: string): string =>
  text.replaceAll(/\borg_id = \$1(?:::int)?(?!\d)/g, "org_id = (select $1::int)");

/** Takes the organisation's rollup lock for the rest of the transaction. False where it is held and `wait` is false. */
export async function lockFigures(tx: Tx, wait: boolean): Promise<boolean> {
  const [lock] = await tx.query<{ held: boolean }>(
    wait
      ? {
          name: "lock_figures",
          text: `select pg_advisory_xact_lock(${rollupLock}, $1) is not null as held`,
          values: [tx.org_id],
        }
      : {
          name: "try_lock_figures",
          text: `select pg_try_advisory_xact_lock(${rollupLock}, $1) as held`,
          values: [tx.org_id],
        },
  );
  return lock!.held;
}
