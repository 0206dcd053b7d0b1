import { randomUUID } from "node:crypto";
import type { LegalHold, LegalHolds, LiftHoldInput, PlaceHoldInput } from "@twin/contracts/lifecycle";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { seesPeople } from "../people/masking.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { holdPurges, readHolds } from "../policies/holds.ts";

type Row = Omit<LegalHold, "person"> & { user_id: string | null; full_name: string | null; email: string | null };

const selectHolds = `
  select h.id, h.user_id, h.reason, h.placed_at, h.placed_by, h.lifted_at, h.lifted_by, u.full_name, u.email
  from legal_holds h left join users u on u.org_id = $1 and u.id = h.user_id where h.org_id = $1`;

/** Legal holds, newest first. Whoever may not see people learns of holds on people only how many there are. */
export function listHolds(db: Database, actor: Actor): Promise<LegalHolds> {
  return inTenant(db, actor, async (tx) => {
    const rows = await tx.query<Row>({ text: `${selectHolds} order by h.placed_at desc, h.id`, values: [tx.org_id] });
    const { organization, user_ids } = await readHolds(tx);
    return {
      holds: rows.filter(({ user_id }) => user_id === null || seesPeople(actor)).map(holdOf),
      organization_held: organization,
      people_held: user_ids.length,
    };
  });
}

/**
 * Puts a person, or the whole organisation, under legal hold: nothing that they have part in is purged, summarised or
 * erased until it is lifted. A purge at work ends its transaction first. Who is held already stays so, by that hold.
 * @throws DomainError NOT_FOUND where the organisation has no such person
 */
export function placeHold(
  db: Database,
  actor: Actor,
  { user, reason }: PlaceHoldInput,
  now: Date = new Date(),
): Promise<LegalHold> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    if (user !== undefined) {
      const people = await tx.query({
        text: "select from users where org_id = $1 and id = $2",
        values: [tx.org_id, user],
      });
      if (people.length === 0)
        throw new DomainError("NOT_FOUND", "This organisation has no such person.", { path: "user" });
    }
    const [held] = await tx.query<Row>({
      text: `${selectHolds} and h.lifted_at is null and h.user_id is not distinct from $2::uuid`,
      values: [tx.org_id, user ?? null],
    });
    if (held) return holdOf(held);
    const id = randomUUID();
    await tx.query({
      text: "insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, $2, $3, $4, $5, $6)",
      values: [tx.org_id, id, user ?? null, reason, now.toISOString(), nameOf(actor)],
    });
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
 * Lifts a legal hold; what is older than the policy goes with the next run. One that is lifted already is left as it is.
 * @throws DomainError NOT_FOUND
 */
export function liftHold(
  db: Database,
  actor: Actor,
  { id, reason }: LiftHoldInput,
  now: Date = new Date(),
): Promise<LegalHold> {
  return inTenant(db, actor, async (tx) => {
    await holdPurges(tx);
    const lifted = await tx.query<{ user_id: string | null }>({
      text: `update legal_holds set lifted_at = $3, lifted_by = $4 where org_id = $1 and id = $2 and lifted_at is null returning user_id`,
      values: [tx.org_id, id, now.toISOString(), nameOf(actor)],
    });
    const hold = await readHold(tx, id);
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
    return hold;
  });
}

async function readHold(tx: Tx, id: string): Promise<LegalHold> {
  const [row] = await tx.query<Row>({ text: `${selectHolds} and h.id = $2`, values: [tx.org_id, id] });
  if (!row) throw new DomainError("NOT_FOUND", "There is no such hold.", { path: "id" });
  return holdOf(row);
}

const nameOf = (actor: Actor): string => (actor.kind === "system" ? actor.job : actor.name);

const holdOf = ({ user_id, full_name, email, ...hold }: Row): LegalHold => ({
  ...hold,
  person: user_id === null ? null : { id: user_id, full_name: full_name ?? "Deleted user", email: email ?? "" },
});
