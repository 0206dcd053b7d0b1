import { randomUUID } from "node:crypto";
import type { EraseInput, Erasure } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { enqueueErasure } from "./enqueue.ts";
import { erasureOf, readErasureOf } from "./state.ts";
import { addressKey } from "../../people/address-key.ts";
import { keyHash } from "../../people/external-ids.ts";

const userToErase = statement(
  "privacy.user_to_erase",
  { org_id: "int", user_id: "uuid" },
  { email_key: "text" },
  (p) => sql`select email_key from users where org_id = ${p.org_id} and id = ${p.user_id} for no key update`,
  { plan: "each" },
);

const endGrace = statement(
  "privacy.end_grace",
  { org_id: "int", id: "uuid" },
  {},
  (p) => sql`update erasures set immediately = true where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/**
 * Asks for a person's erasure: they are in no list of people from now on, and tombstones keep out records that name them.
 * Rows and keys are deleted when the days of grace are over, or at once (`immediately`, for actors who may overrule). Asked
 * again, it answers the erasure that is under way; `immediately` ends the grace of one that waits.
 * @throws NOT_FOUND; BAD_REQUEST where the typed address isn't theirs; FORBIDDEN to end the grace
 */
export async function askErasure(db: Database, actor: Actor, input: EraseInput, now: Date): Promise<Erasure> {
  const { user_id, email, reason, immediately } = input;
  if (immediately && actor.kind !== "system" && !actor.permissions.includes("people.overrule"))
    throw new DomainError("FORBIDDEN", "only an owner may erase without days of grace", { path: "immediately" });
  return inTenant(db, actor, async (tx) => {
    const [user] = await tx.query(userToErase({ org_id: tx.org_id, user_id }));
    if (!user) throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    if (user.email_key !== addressKey(email))
      throw new DomainError("BAD_REQUEST", "isn't this person's e-mail address: type it as it is shown", {
        path: "email",
      });
    const known = await readErasureOf(tx, now, user_id);
    if (!known || known.status === "erased") await begin(tx, actor, input, user.email_key, now);
    else if (immediately && !known.immediately && known.status === "asked") {
      await tx.query(endGrace({ org_id: tx.org_id, id: known.id }));
      await note(tx, "user.erase_immediately", user_id, { erasure: known.id, reason });
    }
    const erasure = await readErasureOf(tx, now, user_id);
    if (erasure!.immediately) await enqueueErasure(tx);
    return erasureOf(erasure!);
  });
}

const deleteUser = statement(
  "privacy.delete_user_softly",
  { org_id: "int", user_id: "uuid", now: "timestamptz" },
  {},
  (p) => sql`update users set deleted_at = ${p.now} where org_id = ${p.org_id} and id = ${p.user_id}`,
  { plan: "each" },
);

const insertErasure = statement(
  "privacy.insert_erasure",
  {
    org_id: "int",
    id: "uuid",
    user_id: "uuid",
    reason: "text",
    immediately: "boolean",
    now: "timestamptz",
    asked_by: "text",
  },
  {},
  (p) =>
    sql`insert into erasures (org_id, id, user_id, reason, immediately, asked_at, asked_by) values (${p.org_id}, ${p.id}, ${p.user_id}, ${p.reason}, ${p.immediately}, ${p.now}, ${p.asked_by})`,
  { plan: "each" },
);

async function begin(
  tx: Tx,
  actor: Actor,
  { user_id, reason, immediately }: EraseInput,
  emailKey: string,
  now: Date,
): Promise<void> {
  const id = randomUUID();
  await tx.query(deleteUser({ org_id: tx.org_id, user_id, now: now.toISOString() }));
  await tx.query(
    insertErasure({
      org_id: tx.org_id,
      id,
      user_id,
      reason,
      immediately,
      now: now.toISOString(),
      asked_by: nameOf(actor),
    }),
  );
  await layTombstones(tx, { erasure_id: id, user_id, emailKey, now });
  await note(tx, immediately ? "user.erase_immediately" : "user.erase", user_id, { erasure: id, reason });
}

const nameOf = (actor: Actor) => (actor.kind === "system" ? actor.job : actor.name);

const note = (tx: Tx, action: AuditAction, user_id: string, details: Record<string, unknown>) =>
  recordAudit(tx, { action, object_type: "user", object_id: user_id, details });

const insertTombstones = statement(
  "privacy.insert_tombstones",
  { org_id: "int", user_id: "uuid", erasure_id: "uuid", now: "timestamptz", hashes: "bytea[]" },
  {},
  (p) => sql`
    insert into tombstones (org_id, key_hash, erased_at, erasure_id)
    select ${p.org_id}, k.key_hash, ${p.now}, ${p.erasure_id} from (
      select key_hash from external_ids where org_id = ${p.org_id} and id = ${p.user_id} and kind = 'user' union select unnest(${p.hashes})
    ) k order by k.key_hash
    on conflict (org_id, key_hash) do nothing`,
  { plan: "each" },
);

/** Lays a tombstone for every name of a person: all senders' ids of them, their address, and our own id. */
export async function layTombstones(
  tx: Tx,
  { erasure_id, user_id, emailKey, now }: { erasure_id: string; user_id: string; emailKey: string; now: Date },
): Promise<void> {
  await tx.query(
    insertTombstones({
      org_id: tx.org_id,
      user_id,
      erasure_id,
      now: now.toISOString(),
      hashes: [keyHash("email", "", emailKey), keyHash("id", "", user_id)],
    }),
  );
}
