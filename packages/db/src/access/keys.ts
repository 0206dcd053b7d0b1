import type { ApiKey, CreateKeyInput } from "@twin/contracts/keys";
import { limits, type Scope } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { hashSecret, hashToken, isSecret, newKey, parseKey } from "./tokens.ts";
import { only, type RowOf, statement } from "../postgres/statement.ts";
import { RememberedKeys } from "./remembered-keys.ts";

const columnTypes = {
  id: "text",
  name: "text",
  source: "text",
  scopes: only<Scope[]>("text[]"),
  created_at: "timestamptz",
  created_by: "text?",
  expires_at: "timestamptz?",
  revoked_at: "timestamptz?",
  revoked_by: "text?",
  last_used_at: "timestamptz?",
  replaces: "text?",
  replaced_by: "text?",
} as const;
const keysWithNames = sql.raw(`
    select k.id, k.name, k.source, k.scopes, k.created_at, c.full_name as created_by, k.expires_at, k.revoked_at,
      r.full_name as revoked_by, k.last_used_at, k.rotated_from as replaces, n.id as replaced_by
    from auth.api_keys k left join auth.accounts c on c.id = k.created_by left join auth.accounts r on r.id = k.revoked_by
      left join auth.api_keys n on n.rotated_from = k.id`);
/** A key as it is looked up. */
const keyTypes = {
  id: "text",
  org_id: "int",
  name: "text",
  source: "text",
  secret_hash: "bytea",
  scopes: only<Scope[]>("text[]"),
  expires_at: "timestamptz?",
  revoked_at: "timestamptz?",
  last_used_at: "timestamptz?",
  is_replaced: "boolean",
} as const;
/** A key that an operator makes ends at most this many years ahead. */
const mostYears = 10;

const yearsFrom = (now: Date, years: number): Date => {
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end;
};

/**
 * When a key ends that is made now. Operators alone make keys that go on.
 * @param usual what it is where nothing is said: a year, unless an operator's key goes on
 * @throws BAD_REQUEST for an end in the past, or too far ahead
 */
export function endOfKey(actor: Actor, expires_at: string | undefined, now: Date, goesOn: boolean): string | null {
  const operates = actor.kind === "system";
  if (expires_at === undefined) return operates && goesOn ? null : yearsFrom(now, limits.keyYears).toISOString();
  const years = operates ? mostYears : limits.mostKeyYears;
  const end = Date.parse(expires_at);
  if (end > now.getTime() && end <= yearsFrom(now, years).getTime()) return expires_at;
  throw new DomainError(
    "BAD_REQUEST",
    `a key ends after now and within ${years} years${operates ? ": leave its end out for one that goes on" : ""}`,
    { path: "expires_at" },
  );
}

/** Nobody gives a key what they may not do themselves. @throws FORBIDDEN */
export function checkMayGive(actor: Actor, scopes: readonly Scope[]): void {
  const lacking = actor.kind === "system" ? [] : scopes.filter((scope) => !actor.permissions.includes(scope));
  if (lacking.length > 0)
    throw new DomainError("FORBIDDEN", `you may not do this yourself, so no key of yours does: ${lacking.join(", ")}`, {
      path: "scopes",
    });
}

const addKey = statement(
  "access.add_key",
  {
    id: "text",
    org_id: "int",
    name: "text",
    source: "text",
    secret_hash: "bytea",
    scopes: "text[]",
    created_at: "timestamptz",
    created_by: "uuid?",
    expires_at: "timestamptz?",
    rotated_from: "text?",
  },
  {},
  (p) => sql`
    insert into auth.api_keys
      (id, org_id, name, source, secret_hash, scopes, created_at, created_by, expires_at, rotated_from)
    values (${p.id}, ${p.org_id}, ${p.name}, ${p.source}, ${p.secret_hash}, ${p.scopes}, ${p.created_at},
      (select id from auth.accounts where id = ${p.created_by}), ${p.expires_at}, ${p.rotated_from})`,
  { plan: "each" },
);

const oneKey = statement(
  "access.key",
  { id: "text", org_id: "int" },
  columnTypes,
  (p) => sql`${keysWithNames} where k.id = ${p.id} and k.org_id = ${p.org_id}`,
  { plan: "each" },
);

/** A key of the actor's organisation. @throws NOT_FOUND */
export async function readKey(tx: Tx, { org_id }: Actor, id: string): Promise<ApiKey> {
  const [key] = await tx.query(oneKey({ id, org_id }));
  if (!key) throw new DomainError("NOT_FOUND", "no such key", { path: "id" });
  return key;
}

/** The member's account that acts, or null. */
export const accountOf = (actor: Actor): string | null => (actor.kind === "member" ? actor.account_id : null);

type NewKey = Pick<ApiKey, "name" | "source" | "scopes" | "expires_at" | "replaces">;

/** Stores a new key. @returns it, whole, with what is known of it */
export async function storeKey(tx: Tx, actor: Actor, key: NewKey, now: Date): Promise<ApiKey & { key: string }> {
  const { replaces: rotated_from, ...said } = key;
  const { id, secret, key: whole } = newKey();
  const row = { ...said, id, org_id: actor.org_id, secret_hash: hashSecret(secret), rotated_from };
  await tx.query(addKey({ ...row, created_at: now.toISOString(), created_by: accountOf(actor) }));
  return { ...(await readKey(tx, actor, id)), key: whole };
}

/**
 * Adds an API key to the actor's organisation. The answer holds the whole key, which can't be read again later.
 * @throws BAD_REQUEST for an end in the past or too far ahead; FORBIDDEN for a scope that the actor lacks
 */
export function createKey(
  db: Database,
  actor: Actor,
  { name, source, scopes: asked, expires_at }: CreateKeyInput,
  now: Date,
): Promise<ApiKey & { key: string }> {
  const scopes = [...new Set(asked)];
  return inAuth(db, async (tx) => {
    checkMayGive(actor, scopes);
    const end = endOfKey(actor, expires_at, now, true);
    const made = await storeKey(tx, actor, { name, source, scopes, expires_at: end, replaces: null }, now);
    await recordAuditAs(tx, actor, {
      action: "key.create",
      object_type: "api_key",
      object_id: made.id,
      details: { name, source, scopes, expires_at: made.expires_at },
    });
    return made;
  });
}

const keysOf = statement(
  "access.keys",
  { org_id: "int" },
  columnTypes,
  (p) => sql`${keysWithNames} where k.org_id = ${p.org_id} order by k.created_at desc, k.id`,
  { plan: "each" },
);

/** The keys of an organisation, newest first, revoked ones too; never their secrets. */
export const listKeys = (db: Database, actor: Actor): Promise<{ keys: ApiKey[] }> =>
  inAuth(db, async (tx) => {
    const keys = await tx.query(keysOf({ org_id: actor.org_id }));
    return { keys };
  });

const revoke = statement(
  "access.revoke_key",
  { id: "text", org_id: "int", revoked_by: "uuid?" },
  { id: "text" },
  (p) => sql`
    with recursive lineage as (
      select id, rotated_from from auth.api_keys where id = ${p.id} and org_id = ${p.org_id}
      union
      select k.id, k.rotated_from from auth.api_keys k join lineage l on k.id = l.rotated_from
      where k.expires_at is null or k.expires_at > now()
    )
    update auth.api_keys set revoked_at = now(), revoked_by = (select id from auth.accounts where id = ${p.revoked_by})
    where id in (select id from lineage) and revoked_at is null returning id`,
  { plan: "each" },
);

/**
 * Revokes a key at once, and with it those that it was made to replace, where they still work. A revoked one stays as it is.
 * @throws NOT_FOUND unless it is the organisation's
 */
export async function revokeKey(db: Database, actor: Actor, { id }: { id: string }): Promise<ApiKey> {
  const { key, revoked } = await inAuth(db, async (tx) => {
    const rows = await tx.query(revoke({ id, org_id: actor.org_id, revoked_by: accountOf(actor) }));
    const answer = { key: await readKey(tx, actor, id), revoked: rows.map((row) => row.id) };
    for (const object_id of answer.revoked)
      await recordAuditAs(tx, actor, {
        action: "key.revoke",
        object_type: "api_key",
        object_id,
        details: object_id === id ? {} : { with: id },
      });
    return answer;
  });
  for (const one of revoked) rememberedKeys(db).forget(one);
  return key;
}

type KeyRow = RowOf<typeof keyTypes>;
const remembered = new WeakMap<object, RememberedKeys<KeyRow>>();

/** What this process remembers of a database's keys. */
export function rememberedKeys(db: Database): RememberedKeys<KeyRow> {
  const known = remembered.get(db.pool) ?? new RememberedKeys<KeyRow>(db.notices);
  remembered.set(db.pool, known);
  return known;
}

export type Service = Extract<Actor, { kind: "service" }>;
type Request = { request_id: string; ip?: string };

const findKey = statement(
  "access.find_key",
  { id: "text" },
  keyTypes,
  (p) => sql`
    select k.id, k.org_id, k.name, k.source, k.secret_hash, k.scopes, k.expires_at, k.revoked_at, k.last_used_at,
      exists (select from auth.api_keys n where n.rotated_from = k.id) as is_replaced
    from auth.api_keys k where k.id = ${p.id}`,
);

const noteUse = statement(
  "access.note_use_of_key",
  { id: "text", now: "timestamptz" },
  {},
  (p) => sql`
    update auth.api_keys set last_used_at = ${p.now}
    where id = ${p.id} and (last_used_at is null or last_used_at < ${p.now} - interval '1 minute')`,
  { plan: "each" },
);

/**
 * Who an API key stands for. Notes its use at most once a minute. Keys are remembered for a moment (`RememberedKeys`).
 * @throws UNAUTHORIZED for an unknown, revoked or expired key; only a caller with the right secret is told which of the
 *   three
 */
export async function serviceOf(db: Database, key: string, request: Request, now: Date): Promise<Service> {
  const parts = parseKey(key);
  // Made where it is thrown: each error notes where it was made, which takes longer than all else here.
  const unknown = () => new DomainError("UNAUTHORIZED", "no such API key");
  if (!parts) throw unknown();
  const hash = hashToken(key);
  const row = await rememberedKeys(db).find(parts.id, hash, now, () =>
    inAuth(
      db,
      async (tx) => {
        const [found] = await tx.query(findKey({ id: parts.id }));
        if (!found || !isSecret(parts.secret, found.secret_hash)) throw unknown();
        if (found.revoked_at) throw new DomainError("UNAUTHORIZED", `this API key was revoked${adviceFor(found)}`);
        checkNotExpired(found, now);
        if (!found.last_used_at || Date.parse(found.last_used_at) < now.getTime() - 60_000)
          await tx.query(noteUse({ id: found.id, now: now.toISOString() }));
        return found;
      },
      hash,
    ),
  );
  checkNotExpired(row, now);
  const { org_id, id, name, source, scopes } = row;
  return { kind: "service", org_id, key_id: id, name, source, permissions: scopes, ...request };
}

/** What whoever sends an ended key does now. */
const adviceFor = ({ is_replaced }: { is_replaced: boolean }): string =>
  is_replaced
    ? ": it was rotated, send the key that has taken its place"
    : ": ask an owner or an administrator of the organisation for another";

function checkNotExpired(row: Pick<KeyRow, "expires_at" | "is_replaced">, now: Date): void {
  const { expires_at } = row;
  if (expires_at && Date.parse(expires_at) <= now.getTime())
    throw new DomainError("UNAUTHORIZED", `this API key expired at ${expires_at}${adviceFor(row)}`);
}
