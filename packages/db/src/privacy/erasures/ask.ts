import { randomUUID } from "node:crypto";
import type { EraseInput, Erasure } from "@twin/contracts/privacy";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { AuditAction } from "../../tenancy/audit/actions.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { enqueueErasure } from "./enqueue.ts";
import { erasureOf, readErasureOf } from "./state.ts";
import { addressKey } from "../../people/address-key.ts";
import { keyHash } from "../../people/external-ids.ts";

/**
 * Asks for a person's erasure: they are gone from people lists at once, and records that name them are kept out by
 * tombstones. Rows and keys go when the days of grace are over, or at once (`immediately`, for who may overrule). Asked
 * again, it answers the erasure that is under way; `immediately` ends the grace of one that waits.
 * @throws NOT_FOUND; BAD_REQUEST where the typed address isn't theirs; FORBIDDEN to end the grace
 */
export async function askErasure(db: Database, actor: Actor, input: EraseInput, now = new Date()): Promise<Erasure> {
  const { user_id, email, reason, immediately } = input;
  if (immediately && actor.kind !== "system" && !actor.permissions.includes("people.overrule"))
    throw new DomainError("FORBIDDEN", "only an owner may erase without days of grace", { path: "immediately" });
  return inTenant(db, actor, async (tx) => {
    const [user] = await tx.query<{ email_key: string; deleted_at: string | null }>({
      text: "select email_key, deleted_at from users where org_id = $1 and id = $2 for no key update",
      values: [tx.org_id, user_id],
    });
    if (!user) throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    if (user.email_key !== addressKey(email))
      throw new DomainError("BAD_REQUEST", "isn't this person's e-mail address: type it as it is shown", {
        path: "email",
      });
    const known = await readErasureOf(tx, now, user_id);
    if (!known || known.status === "erased") await begin(tx, actor, input, user.email_key, now);
    else if (immediately && !known.immediately && known.status === "asked") {
      await tx.query({
        text: "update erasures set immediately = true where org_id = $1 and id = $2",
        values: [tx.org_id, known.id],
      });
      await note(tx, "user.erase_immediately", user_id, { erasure: known.id, reason });
    }
    const erasure = await readErasureOf(tx, now, user_id);
    if (erasure!.immediately) await enqueueErasure(tx);
    return erasureOf(erasure!);
  });
}

async function begin(
  tx: Tx,
  actor: Actor,
  { user_id, reason, immediately }: EraseInput,
  emailKey: string,
  now: Date,
): Promise<void> {
  const id = randomUUID();
  await tx.query({
    text: "update users set deleted_at = $3 where org_id = $1 and id = $2",
    values: [tx.org_id, user_id, now.toISOString()],
  });
  await tx.query({
    text: `insert into erasures (org_id, id, user_id, reason, immediately, asked_at, asked_by) values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [tx.org_id, id, user_id, reason, immediately, now.toISOString(), nameOf(actor)],
  });
  await layTombstones(tx, { erasure_id: id, user_id, emailKey, now });
  await note(tx, immediately ? "user.erase_immediately" : "user.erase", user_id, { erasure: id, reason });
}

const nameOf = (actor: Actor) => (actor.kind === "system" ? actor.job : actor.name);

const note = (tx: Tx, action: AuditAction, user_id: string, details: Record<string, unknown>) =>
  recordAudit(tx, { action, object_type: "user", object_id: user_id, details });

/** Keeps out every name that a person is known by: all senders' ids of them, their address, and our own id. */
export async function layTombstones(
  tx: Tx,
  { erasure_id, user_id, emailKey, now }: { erasure_id: string; user_id: string; emailKey: string; now: Date },
): Promise<void> {
  await tx.query({
    text: `insert into tombstones (org_id, key_hash, erased_at, erasure_id)
      select $1, k.key_hash, $4::timestamptz, $3::uuid from (
        select key_hash from external_ids where org_id = $1 and id = $2 and kind = 'user' union select unnest($5::bytea[])
      ) k order by k.key_hash
      on conflict (org_id, key_hash) do nothing`,
    values: [
      tx.org_id,
      user_id,
      erasure_id,
      now.toISOString(),
      [keyHash("email", "", emailKey), keyHash("id", "", user_id)],
    ],
  });
}
