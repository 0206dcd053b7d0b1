import type { ApiKey, CreateKeyInput } from "@twin/contracts/access";
import type { Scope } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { hashSecret, hashToken, isSecret, newKey, parseKey } from "./tokens.ts";
import { only, type RowOf, statement } from "../postgres/statement.ts";
import { RememberedKeys } from "./remembered-keys.ts";

const columns = sql.raw("id, name, source, scopes, created_at, expires_at, revoked_at, last_used_at");
const columnTypes = {
  id: "text",
  name: "text",
  source: "text",
  scopes: only<Scope[]>("text[]"),
  created_at: "timestamptz",
  expires_at: "timestamptz?",
  revoked_at: "timestamptz?",
  last_used_at: "timestamptz?",
} as const;
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
} as const;
/** A key ends at most this many years ahead. */
const mostYears = 10;

/** @throws BAD_REQUEST for an end in the past, or further ahead than `mostYears` */
function checkEnd(expires_at: string | undefined, now: Date): void {
  if (expires_at === undefined) return;
  const end = Date.parse(expires_at);
  const latest = new Date(now).setUTCFullYear(now.getUTCFullYear() + mostYears);
  if (end > now.getTime() && end <= latest) return;
  throw new DomainError(
    "BAD_REQUEST",
    `a key ends after now and within ${mostYears} years: leave its end out for one that goes on`,
    { path: "expires_at" },
  );
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
    expires_at: "timestamptz?",
  },
  columnTypes,
  (p) => sql`
    insert into auth.api_keys (id, org_id, name, source, secret_hash, scopes, created_at, expires_at)
    values (${p.id}, ${p.org_id}, ${p.name}, ${p.source}, ${p.secret_hash}, ${p.scopes}, ${p.created_at}, ${p.expires_at})
    returning ${columns}`,
  { plan: "each" },
);

/**
 * Adds an API key to the actor's organisation. The answer holds the whole key, which can't be read again later.
 * @throws BAD_REQUEST for an end in the past or too far ahead
 */
export function createKey(
  db: Database,
  actor: Actor,
  input: CreateKeyInput,
  now: Date,
): Promise<ApiKey & { key: string }> {
  const { name, source, scopes, expires_at } = input;
  const { id, secret, key } = newKey();
  return inAuth(db, async (tx) => {
    checkEnd(expires_at, now);
    const [row] = await tx.query(
      addKey({
        id,
        org_id: actor.org_id,
        name,
        source,
        secret_hash: hashSecret(secret),
        scopes,
        created_at: now.toISOString(),
        expires_at: expires_at ?? null,
      }),
    );
    await recordAuditAs(tx, actor, {
      action: "key.create",
      object_type: "api_key",
      object_id: id,
      details: { name, source, scopes },
    });
    return { ...row!, key };
  });
}

const keysOf = statement(
  "access.keys",
  { org_id: "int" },
  columnTypes,
  (p) => sql`select ${columns} from auth.api_keys where org_id = ${p.org_id} order by created_at desc, id`,
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
  { id: "text", org_id: "int" },
  columnTypes,
  (p) => sql`
    update auth.api_keys set revoked_at = coalesce(revoked_at, now())
    where id = ${p.id} and org_id = ${p.org_id} returning ${columns}`,
  { plan: "each" },
);

/** Revokes a key at once; a revoked one stays as it is. @throws NOT_FOUND unless it is the organisation's */
export async function revokeKey(db: Database, actor: Actor, { id }: { id: string }): Promise<ApiKey> {
  const revoked = await inAuth(db, async (tx) => {
    const [row] = await tx.query(revoke({ id, org_id: actor.org_id }));
    if (!row) throw new DomainError("NOT_FOUND", "no such key", { path: "id" });
    await recordAuditAs(tx, actor, { action: "key.revoke", object_type: "api_key", object_id: id });
    return row;
  });
  rememberedKeys(db).forget(id);
  return revoked;
}

type KeyRow = RowOf<typeof keyTypes>;
const remembered = new WeakMap<object, RememberedKeys<KeyRow>>();

/** What this process remembers of a database's keys. */
function rememberedKeys(db: Database): RememberedKeys<KeyRow> {
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
    select id, org_id, name, source, secret_hash, scopes, expires_at, revoked_at, last_used_at
    from auth.api_keys where id = ${p.id}`,
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
        if (found.revoked_at) throw new DomainError("UNAUTHORIZED", "this API key was revoked");
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

function checkNotExpired({ expires_at }: { expires_at: string | null }, now: Date): void {
  if (expires_at && Date.parse(expires_at) <= now.getTime())
    throw new DomainError("UNAUTHORIZED", `this API key expired at ${expires_at}`);
}
