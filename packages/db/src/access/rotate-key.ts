import type { ApiKey, RotateKeyInput } from "@twin/contracts/keys";
import { sql } from "drizzle-orm";
import { type Actor, inAuth } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { accountOf, checkMayGive, endOfKey, readKey, rememberedKeys, storeKey } from "./keys.ts";

const lockKey = statement(
  "access.lock_key",
  { id: "text", org_id: "int" },
  {},
  (p) => sql`select from auth.api_keys where id = ${p.id} and org_id = ${p.org_id} for update`,
  { plan: "each" },
);

const endKey = statement(
  "access.end_key",
  { id: "text", expires_at: "timestamptz", revoked_by: "uuid?", now: "timestamptz" },
  {},
  (p) => sql`
    update auth.api_keys set
      expires_at = least(expires_at, ${p.expires_at}),
      revoked_at = case when ${p.expires_at} <= ${p.now} then now() end,
      revoked_by = case when ${p.expires_at} <= ${p.now} then (select id from auth.accounts where id = ${p.revoked_by}) end
    where id = ${p.id}`,
  { plan: "each" },
);

/** @throws CONFLICT for a key that has ended, or that another one replaces already */
function checkWorks({ id, source, revoked_at, expires_at, replaced_by }: ApiKey, now: Date): void {
  const why = () => {
    if (replaced_by !== null) return `${replaced_by} has taken the place of ${id} already: rotate that one`;
    if (revoked_at !== null) return `this key was revoked: make a new one with the same source, ${source}`;
    if (expires_at !== null && Date.parse(expires_at) <= now.getTime())
      return `this key has expired: make a new one with the same source, ${source}`;
    return null;
  };
  const said = why();
  if (said !== null) throw new DomainError("CONFLICT", said, { path: "id" });
}

/**
 * Makes the key that takes the place of another one, with its name, scopes and source. Both work until the overlap is over,
 * or the old one ends by itself; without an overlap the old one is revoked with the same act.
 * @returns the new key, whole, which can't be read again; and the old one
 * @throws NOT_FOUND; CONFLICT for a key that has ended or was rotated before; BAD_REQUEST for an end in the past or too far
 *   ahead; FORBIDDEN where the actor lacks one of its scopes
 */
export async function rotateKey(
  db: Database,
  actor: Actor,
  { id, overlap_hours, expires_at }: RotateKeyInput,
  now: Date,
): Promise<ApiKey & { key: string; replaced: ApiKey }> {
  const made = await inAuth(db, async (tx) => {
    await tx.query(lockKey({ id, org_id: actor.org_id }));
    const was = await readKey(tx, actor, id);
    checkWorks(was, now);
    const { name, source, scopes } = was;
    checkMayGive(actor, scopes);
    const end = endOfKey(actor, expires_at, now, was.expires_at === null);
    const next = await storeKey(tx, actor, { name, source, scopes, expires_at: end, replaces: id }, now);
    const until = new Date(now.getTime() + overlap_hours * 3_600_000).toISOString();
    await tx.query(endKey({ id, expires_at: until, revoked_by: accountOf(actor), now: now.toISOString() }));
    await recordAuditAs(tx, actor, {
      action: "key.rotate",
      object_type: "api_key",
      object_id: id,
      details: { replaced_by: next.id, overlap_hours, expires_at: next.expires_at },
    });
    return { ...next, replaced: await readKey(tx, actor, id) };
  });
  rememberedKeys(db).forget(id);
  return made;
}
