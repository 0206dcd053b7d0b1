import type { Tx } from "../../tenancy/actor.ts";
import { derivedSessions } from "./derived.ts";
import { readSight, type Sealed } from "./sight.ts";
import { beyondWindows, chainsOfWindows, windowParameters, readWidened, type Window } from "./windows.ts";

/** A change by the derivation: whose, and the event time of the session or activity. */
export type DerivedChange = { user_id: string; at: string; changed: "session" | "activity" };

type Step = {
  /** `widen`: nothing to store; a window must reach from `at` to `ended_at` to hold everything that belongs to it. */
  step: "remove" | "change" | "create" | "move" | "widen";
  /** Of the session, or of the activity that moves. */
  id: string;
  user_id: string;
  at: string;
  twin_id: string | null;
  platform: string | null;
  ended_at: string | null;
  row_began_at: string | null;
  interaction_count: number | null;
  /** The session that an activity moves to. */
  session_id: string | null;
};

/** Differences between the sessions that moments make and those that are stored, and what lies beyond the windows. */
const differences = `
  with recursive ${derivedSessions}, ${chainsOfWindows}
  select case when o.id is null then 'create' when d.id is null then 'remove' else 'change' end as step,
    coalesce(d.id, o.id) as id, coalesce(d.user_id, o.user_id) as user_id, coalesce(d.started_at, o.started_at) as at,
    d.twin_id, d.platform, d.ended_at, d.row_began_at, d.interaction_count, null::uuid as session_id
  from (select * from derived where not is_final) d full join stored o on o.id = d.id
  where (d.id, d.ended_at, d.row_began_at, d.interaction_count) is distinct from (o.id, o.ended_at, o.row_began_at, o.interaction_count)
  union all
  select 'move', activity_id, user_id, started_at, null, null, null, null, null, session_id
  from assigned where stored_id is distinct from session_id
  union all
  select 'widen', null, user_id, lo, null, null, hi, null, null, null from (${beyondWindows}) b
  order by 1, 2`;

/**
 * Derives the sessions of some people's time ranges from their moments and stores what differs (docs/METRICS.md,
 * "Sessions"). The caller holds the organisation's rollup lock, taken by a statement of its own.
 * @param sealed the sealed interval; a session that begins in it stays as it is
 * @param lock called before anything is written, with the sessions that come and go
 * @returns whose sessions and activities changed, and when those began: their days must be computed anew
 */
export async function deriveSessions(
  tx: Tx,
  windows: readonly Window[],
  sealed: Sealed,
  lock: (touched: readonly { user_id: string; at: string }[]) => Promise<void> = async () => {},
): Promise<DerivedChange[]> {
  if (windows.length === 0) return [];
  const sight = await readSight(tx, sealed);
  const { rows: steps } = await readWidened(windows, sight, async (open) => {
    const found = await tx.query<Step>({
      name: "derive_sessions",
      text: differences,
      values: [tx.org_id, ...(await windowParameters(tx, open, sight)), sight.back],
    });
    const beyond = found.flatMap(({ step, user_id, at, ended_at }) =>
      step === "widen" ? [{ user_id, lo: at, hi: ended_at! }] : [],
    );
    return { rows: found.filter(({ step }) => step !== "widen"), beyond };
  });
  const of = (step: Step["step"]) => steps.filter((one) => one.step === step);
  await lock([...of("remove"), ...of("create")]);
  await removeSessions(tx, of("remove"));
  await changeSessions(tx, of("change"));
  await createSessions(tx, of("create"));
  await moveActivities(tx, of("move"));
  return steps.map(({ step, user_id, at }) => ({ user_id, at, changed: step === "move" ? "activity" : "session" }));
}

const ids = (steps: readonly Step[]) => steps.map((step) => step.id);

async function removeSessions(tx: Tx, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await tx.query({
    name: "remove_derived_sessions",
    text: "delete from sessions where org_id = $1 and id = any ($2::uuid[]) and is_derived",
    values: [tx.org_id, ids(steps)],
  });
  // New sessions may only move a person's last activity forward, or it would depend on the order of arrival. A deleted session
  // takes it back: to the session before, or without one to the last day that facts know.
  await tx.query({
    name: "take_back_last_activity",
    text: `with u as materialized (
        select u.id from users u
        where u.org_id = $1 and exists (
          select from unnest($2::uuid[], $3::timestamptz[]) r (user_id, at) where r.user_id = u.id and r.at = u.last_active_at
        )
        order by u.id for no key update
      )
      update users x
      set last_active_at = coalesce(
        (select uuid_time(s.id) from sessions s where s.org_id = $1 and s.user_id = x.id order by s.id desc limit 1),
        (select start_of(d.day, day_rule_of(o)) from organizations o join user_days d on d.org_id = o.id
          where o.id = $1 and d.n = x.n and d.sessions > 0 and d.day < day_from(o.sealed_before, day_rule_of(o))
          order by d.day desc limit 1)
      )
      from u where x.org_id = $1 and x.id = u.id`,
    values: [tx.org_id, steps.map((step) => step.user_id), steps.map((step) => step.at)],
  });
}

async function changeSessions(tx: Tx, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await tx.query({
    name: "change_derived_sessions",
    text: `update sessions s set ended_at = d.ended_at, row_began_at = d.row_began_at, interaction_count = d.interaction_count
      from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[]) d (id, ended_at, row_began_at, interaction_count)
      where s.org_id = $1 and s.id = any ($2::uuid[]) and s.id = d.id and s.is_derived`,
    values: [
      tx.org_id,
      ids(steps),
      steps.map((step) => step.ended_at),
      steps.map((step) => step.row_began_at),
      steps.map((step) => step.interaction_count),
    ],
  });
}

async function createSessions(tx: Tx, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await tx.query({
    name: "create_derived_sessions",
    text: `insert into sessions (org_id, id, user_id, twin_id, platform, started_at, ended_at, row_began_at, interaction_count, is_derived)
      select $1, d.*, true
      from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::int[]) d`,
    values: [
      tx.org_id,
      ids(steps),
      steps.map((step) => step.user_id),
      steps.map((step) => step.twin_id),
      steps.map((step) => step.platform),
      steps.map((step) => step.at),
      steps.map((step) => step.ended_at),
      steps.map((step) => step.row_began_at),
      steps.map((step) => step.interaction_count),
    ],
  });
}

/** An activity whose session was named meanwhile keeps it. `any` keeps a join from reading every activity. */
async function moveActivities(tx: Tx, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await tx.query({
    name: "move_activities",
    text: `update activities a set session_id = n.session_id from unnest($2::uuid[], $3::uuid[]) n (id, session_id)
      where a.org_id = $1 and a.id = any ($2::uuid[]) and a.id = n.id and not a.session_named`,
    values: [tx.org_id, ids(steps), steps.map((step) => step.session_id)],
  });
}
