import type { RemoveDemonstrationInput } from "@twin/contracts/organization";
import { sql } from "drizzle-orm";
import { isPathOf, pathsOf } from "../archives/paths.ts";
import type { Archive } from "../archives/files.ts";
import { lockFigures } from "../figures/lock.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { lockRuns } from "../lifecycle/run.ts";
import { type Actor, asActor, inAuth, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";

const lockDemonstration = statement(
  "demonstration.lock",
  { org_id: "int" },
  { name: "text", slug: "text", is_demo: "boolean", demo_of: "int?", is_ending: "boolean" },
  (p) => sql`
    select name, slug, is_demo, demo_of, removed_at is not null as is_ending from auth.organizations where id = ${p.org_id} for update`,
  { plan: "each" },
);

const staying = statement(
  "demonstration.staying",
  { org_id: "int", account_id: "uuid" },
  { org_id: "int" },
  (p) => sql`
    select o.id as org_id from auth.memberships m join auth.organizations o on o.id = m.org_id
    where m.account_id = ${p.account_id} and m.role = 'owner' and m.deactivated_at is null and not o.is_demo
    order by o.id = (select demo_of from auth.organizations where id = ${p.org_id}) desc nulls last, m.created_at, o.id limit 1`,
  { plan: "each" },
);

const beginRemoval = statement(
  "demonstration.begin_removal",
  { org_id: "int", slug: "text" },
  {},
  (p) => sql`
    update auth.organizations set removed_at = now(), slug = ${p.slug} where id = ${p.org_id}`,
  { plan: "each" },
);

const noteEnded = statement(
  "demonstration.note_ended",
  { slug: "text" },
  {},
  (p) => sql`insert into auth.demonstrations_ended (slug) values (${p.slug}) on conflict do nothing`,
  { plan: "each" },
);

const ended = statement(
  "demonstration.ended",
  { slug: "text" },
  {},
  (p) => sql`select from auth.demonstrations_ended where slug = ${p.slug}`,
  { plan: "each" },
);

/** Whether an owner removed the demonstration of this slug, which nobody had asked for: it stays removed. */
export const hasEnded = (db: Database, slug: string): Promise<boolean> =>
  inAuth(db, async (tx) => (await tx.query(ended({ slug }))).length > 0);

const close = statement(
  "demonstration.close",
  { org_id: "int" },
  {},
  (p) => sql`update organizations set closed_at = now() where id = ${p.org_id} and closed_at is null`,
);

const moveLogins = statement(
  "demonstration.move_logins",
  { org_id: "int", account_id: "uuid", staying: "int" },
  {},
  (p) => sql`
    update auth.sessions set org_id = case when user_id = ${p.account_id} then ${p.staying} end where org_id = ${p.org_id}`,
  { plan: "each" },
);

/** What lets anyone in: gone at once, before any row is. */
const ways = (["memberships", "invitations", "api_keys", "analyst_logins"] as const).map((table) =>
  statement(
    `demonstration.end_${table}`,
    { org_id: "int" },
    {},
    (p) => sql`delete from ${sql.raw(`auth.${table}`)} where org_id = ${p.org_id}`,
    { plan: "each" },
  ),
);

/** The key by which several jobs to remove a demonstration become one. */
export const removeKey = (org_id: number): string => `demo-remove:${org_id}`;

/**
 * Ends the demonstration that the actor is in: nobody enters it any more, its keys mean nothing, and a job takes its rows. It
 * is written down in the organisation that asked for it, else in one of the actor's that stays, where their sign-in goes on.
 * Where somebody was first with it nothing is left to do.
 * @throws CONFLICT where it is no demonstration, or the actor owns no other organisation; BAD_REQUEST for another name
 */
export function removeDemonstration(db: Database, actor: Actor, { name }: RemoveDemonstrationInput): Promise<void> {
  return inAuth(db, async (tx) => {
    if (actor.kind !== "member") throw new DomainError("FORBIDDEN", "only a signed-in owner removes a demonstration");
    const { org_id, account_id } = actor;
    const [demo] = await tx.query(lockDemonstration({ org_id }));
    if (!demo?.is_demo) throw new DomainError("CONFLICT", "this organisation is no demonstration: it stays");
    if (demo.is_ending) return;
    if (name.trim() !== demo.name)
      throw new DomainError("BAD_REQUEST", `type its name, ${demo.name}, to remove it`, { path: "name" });
    const [stays] = await tx.query(staying({ org_id, account_id }));
    if (!stays)
      throw new DomainError(
        "CONFLICT",
        "whoever removes a demonstration owns another organisation, where they go on: make or join one first",
      );
    await tx.query(moveLogins({ org_id, account_id, staying: stays.org_id }));
    for (const way of ways) await tx.query(way({ org_id }));
    await tx.query(beginRemoval({ org_id, slug: `removed-${org_id}` }));
    // The one of the start would be made again by the next one.
    if (demo.demo_of === null) await tx.query(noteEnded({ slug: demo.slug }));
    await asActor(tx, { kind: "system", org_id, job: "demo/remove", request_id: actor.request_id }, (own) =>
      own.query(close({ org_id })),
    );
    await enqueueWithin(tx, "demo/remove", { org_id }, { key: removeKey(org_id) });
    await recordAuditAs(
      tx,
      { ...actor, org_id: demo.demo_of ?? stays.org_id },
      {
        action: "demonstration.remove",
        object_type: "organization",
        object_id: String(org_id),
        details: { name: demo.name, slug: demo.slug },
      },
    );
  });
}

const removal = statement(
  "demonstration.removal",
  { org_id: "int" },
  {},
  (p) => sql`select from auth.organizations where id = ${p.org_id} and removed_at is not null`,
  { plan: "each" },
);

/** Whether a demonstration is being removed: whatever fills it stops. */
export const isBeingRemoved = (db: Database, actor: Actor): Promise<boolean> =>
  inAuth(db, async (tx) => (await tx.query(removal({ org_id: actor.org_id }))).length > 0);

const lockOrganization = statement(
  "demonstration.lock_organization",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for update`,
);

const takeRows = statement(
  "demonstration.take_rows",
  { place: "text", most: "int" },
  { taken: "int" },
  (p) => sql`select remove_demonstration_rows(${p.place}, ${p.most}) as taken`,
  { plan: "each" },
);

/**
 * Every table with an `org_id`, from the catalogue, so that a new one isn't forgotten; what others refer to goes last, so that
 * no cascade takes more than was asked for. Parts of archives stay to the last step: they name the files.
 */
const places = statement(
  "demonstration.places",
  {},
  { place: "text" },
  () => sql`
    select format('%I.%I', n.nspname, c.relname) as place
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'restored', 'ops')
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where c.relkind = 'r' and c.relname <> 'archive_parts'
    order by case
      when c.relname ~ '^conversations(_|$)' then 1
      when c.relname ~ '^activities(_|$)' or c.relname in ('exports', 'backfill_chunks') then 2
      when c.relname in ('twins', 'backfills') then 3
      when c.relname = 'users' then 4
      when c.relname in ('org_keys', 'org_counters', 'audit_log', 'audit_seals') then 5
      else 0 end, n.nspname, c.relname`,
  { plan: "each" },
);

const endJobs = statement(
  "demonstration.end_jobs",
  {},
  { ended: "boolean" },
  () => sql`select end_demonstration_jobs() as ended`,
  { plan: "each" },
);

const takeLast = statement(
  "demonstration.take_last",
  {},
  { gone: "boolean" },
  () => sql`select remove_demonstration() as gone`,
  { plan: "each" },
);

const archivedParts = statement(
  "demonstration.archived_parts",
  { org_id: "int" },
  { month: "text", seq: "int" },
  (p) => sql`select month::text, seq from archive_parts where org_id = ${p.org_id} order by month, seq`,
  { plan: "each" },
);

export type Removal = {
  /** The time before which half-written files are left-overs. */
  now: Date;
  /** Ends the work after the current transaction. */
  signal?: AbortSignal;
  /** Where its archived months lie; null: nowhere. */
  archive: Archive | null;
  /** Most rows of one transaction. */
  most?: number;
  /** Called between transactions, as `demo:done`; tests kill there. */
  reached?: (place: string) => void | Promise<void>;
};

/** With rollups and batches of the organisation blocked; the order of locks is that of the seal. */
const alone = <T>(db: Database, actor: Actor, run: (tx: Tx) => Promise<T>): Promise<T> =>
  inTenant(db, actor, async (tx) => {
    await lockFigures(tx, true);
    await tx.query(lockOrganization({ org_id: tx.org_id }));
    return run(tx);
  });

/**
 * Takes what a demonstration that was ended still has: its rows, some of one table a transaction, then files of its archives,
 * then its jobs and itself. It may be killed anywhere: the next run goes on.
 * @returns how many rows went, and `waiting` where a job that is still running has to end first
 */
export async function takeDemonstration(
  db: Database,
  actor: Actor,
  { now, signal, archive, most = 5_000, reached = () => {} }: Removal,
): Promise<{ status: "gone" | "waiting" | "stopped"; rows: number }> {
  let rows = 0;
  const { org_id } = actor;
  if (!(await isBeingRemoved(db, actor))) return { status: "gone", rows };
  await alone(db, actor, (tx) => tx.query(close({ org_id })));
  // A run of policies that began before may write files until it ends; one that begins later does nothing.
  const isQuiet = await inTenant(db, actor, (tx) => lockRuns(tx));
  const [jobs] = await inTenant(db, actor, (tx) => tx.query(endJobs({})));
  for (const { place } of await inTenant(db, actor, (tx) => tx.query(places({}))))
    for (;;) {
      if (signal?.aborted) return { status: "stopped", rows };
      const [step] = await alone(db, actor, (tx) => tx.query(takeRows({ place, most })));
      if (step!.taken === 0) break;
      rows += step!.taken;
      await reached("demo:rows");
    }
  if (!isQuiet || !jobs!.ended) return { status: "waiting", rows };
  if (archive) {
    const parts = await inTenant(db, actor, (tx) => tx.query(archivedParts({ org_id })));
    for (const part of parts) await archive.remove(pathsOf(org_id, part));
    if (parts.length > 0) await archive.tidy(isPathOf(org_id), now);
    await reached("demo:files");
  }
  const [last] = await alone(db, actor, (tx) => tx.query(takeLast({})));
  if (last!.gone) await reached("demo:gone");
  return { status: last!.gone ? "gone" : "waiting", rows };
}
