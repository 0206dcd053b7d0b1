import { randomUUID } from "node:crypto";
import type { LegalHold, LegalHolds, LiftHoldInput, PlaceHoldInput } from "@twin/contracts/lifecycle";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { seesPeople } from "../people/masking.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { holdPurges, readHolds } from "../policies/holds.ts";
import { statement } from "../postgres/statement.ts";

type Row = Omit<LegalHold, "person"> & { user_id: string | null; full_name: string | null; email: string | null };

const holdsIn = (org_id: SQL): SQL => sql`
    select h.id, h.user_id, h.reason, h.placed_at, h.placed_by, h.lifted_at, h.lifted_by, u.full_name, u.email
    from legal_holds h left join users u on u.org_id = ${org_id} and u.id = h.user_id where h.org_id = ${org_id}`;
const columnTypes = {
  id: "uuid",
  user_id: "uuid?",
  reason: "text",
  placed_at: "timestamptz",
  placed_by: "text",
  lifted_at: "timestamptz?",
  lifted_by: "text?",
  full_name: "text?",
  email: "text?",
} as const;

const holds = statement(
  "lifecycle.holds",
  { org_id: "int" },
  columnTypes,
  (p) => sql`${holdsIn(p.org_id)} order by h.placed_at desc, h.id`,
  { plan: "each" },
);

const hold = statement(
  "lifecycle.hold",
  { org_id: "int", id: "uuid" },
  columnTypes,
  (p) => sql`${holdsIn(p.org_id)} and h.id = ${p.id}`,
  { plan: "each" },
);

const holdInForce = statement(
  "lifecycle.hold_in_force",
  { org_id: "int", user_id: "uuid?" },
  columnTypes,
  (p) => sql`${holdsIn(p.org_id)} and h.lifted_at is null and h.user_id is not distinct from ${p.user_id}`,
  { plan: "each" },
);

const personToHold = statement(
  "lifecycle.person_to_hold",
  { org_id: "int", user_id: "uuid" },
  {},
  (p) => sql`select from users where org_id = ${p.org_id} and id = ${p.user_id}`,
  { plan: "each" },
);

const addHold = statement(
  "lifecycle.add_hold",
  { org_id: "int", id: "uuid", user_id: "uuid?", reason: "text", now: "timestamptz", by: "text" },
  {},
  (p) => sql`
    insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by)
    values (${p.org_id}, ${p.id}, ${p.user_id}, ${p.reason}, ${p.now}, ${p.by})`,
  { plan: "each" },
);

const endHold = statement(
  "lifecycle.lift_hold",
  { org_id: "int", id: "uuid", now: "timestamptz", by: "text" },
  { user_id: "uuid?" },
  (p) => sql`
    update legal_holds set lifted_at = ${p.now}, lifted_by = ${p.by}
    where org_id = ${p.org_id} and id = ${p.id} and lifted_at is null returning user_id`,
  { plan: "each" },
);

/** Legal holds, newest first. Actors who may not see people get only the number of holds on people. */
export function listHolds(db: Database, actor: Actor): Promise<LegalHolds> {
  return inTenant(db, actor, async (tx) => {
    const rows = await tx.query(holds({ org_id: tx.org_id }));
    const { organization, user_ids } = await readHolds(tx);
    return {
      holds: rows.filter(({ user_id }) => user_id === null || seesPeople(actor)).map(holdOf),
      organization_held: organization,
      people_held: user_ids.length,
    };
  });
}

/**
 * Puts a person, or the whole organisation, under legal hold: nothing that they take part in is purged, summarised or
 * erased until it is lifted. A purge at work ends its transaction first. Whoever is held already stays under that hold.
 * @throws DomainError NOT_FOUND where the organisation has no such person
 */
export function placeHold(db: Database, actor: Actor, { user, reason }: PlaceHoldInput, now: Date): Promise<LegalHold> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    if (user !== undefined) {
      const people = await tx.query(personToHold({ org_id: tx.org_id, user_id: user }));
      if (people.length === 0)
        throw new DomainError("NOT_FOUND", "there is no such person: give somebody of the list of people", {
          path: "user",
        });
    }
    const user_id = user ?? null;
    const [held] = await tx.query(holdInForce({ org_id: tx.org_id, user_id }));
    if (held) return holdOf(held);
    const id = randomUUID();
    await tx.query(addHold({ org_id: tx.org_id, id, user_id, reason, now: now.toISOString(), by: nameOf(actor) }));
    await recordAudit(tx, {
      action: "lifecycle.place_hold",
      object_type: user === undefined ? "organization" : "user",
      object_id: user ?? String(tx.org_id),
      reason,
      details: { hold: id },
    });
    return readHold(tx, id);
  });
}

/**
 * Lifts a legal hold; rows older than the policy are deleted by the next run. One that is lifted already is left as it is.
 * @throws DomainError NOT_FOUND
 */
export function liftHold(db: Database, actor: Actor, { id, reason }: LiftHoldInput, now: Date): Promise<LegalHold> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    const lifted = await tx.query(endHold({ org_id: tx.org_id, id, now: now.toISOString(), by: nameOf(actor) }));
    const answer = await readHold(tx, id);
    if (lifted.length > 0) {
      const user_id = lifted[0]!.user_id;
      await recordAudit(tx, {
        action: "lifecycle.lift_hold",
        object_type: user_id === null ? "organization" : "user",
        object_id: user_id ?? String(tx.org_id),
        reason,
        details: { hold: id },
      });
    }
    return answer;
  });
}

async function readHold(tx: Tx, id: string): Promise<LegalHold> {
  const [row] = await tx.query(hold({ org_id: tx.org_id, id }));
  if (!row) throw new DomainError("NOT_FOUND", "there is no such hold: give one of the list of holds", { path: "id" });
  return holdOf(row);
}

const nameOf = (actor: Actor): string => (actor.kind === "system" ? actor.job : actor.name);

const holdOf = ({ user_id, full_name, email, ...rest }: Row): LegalHold => ({
  ...rest,
  person: user_id === null ? null : { id: user_id, full_name: full_name ?? "Deleted user", email: email ?? "" },
});
