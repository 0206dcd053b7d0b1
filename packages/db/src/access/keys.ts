import type { ApiKey, CreateKeyInput } from "@twin/contracts/access";
import type { Scope } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { hashSecret, hashToken, isSecret, newKey, parseKey } from "./tokens.ts";
import { only, statement } from "../postgres/statement.ts";

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
export function revokeKey(db: Database, actor: Actor, { id }: { id: string }): Promise<ApiKey> {
  return inAuth(db, async (tx) => {
    const [row] = await tx.query(revoke({ id, org_id: actor.org_id }));
    if (!row) throw new DomainError("NOT_FOUND", "no such key", { path: "id" });
    await recordAuditAs(tx, actor, { action: "key.revoke", object_type: "api_key", object_id: id });
    return row;
  });
}

export type Service = Extract<Actor, { kind: "service" }>;
type Request = { request_id: string; ip?: string };

const findKey = statement(
  "access.find_key",
  { id: "text" },
  {
    id: "text",
    org_id: "int",
    name: "text",
    source: "text",
    secret_hash: "bytea",
    scopes: only<Scope[]>("text[]"),
    expires_at: "timestamptz?",
    revoked_at: "timestamptz?",
    last_used_at: "timestamptz?",
  },
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
 * Who an API key stands for. Notes its use at most once a minute.
 * @throws UNAUTHORIZED for an unknown, revoked or expired key; only a caller with the right secret is told which of the
 *   three
 */
export function serviceOf(db: Database, key: string, request: Request, now: Date): Promise<Service> {
  const parts = parseKey(key);
  const unknown = new DomainError("UNAUTHORIZED", "no such API key");
  if (!parts) return Promise.reject(unknown);
  const recognise = async (tx: Tx): Promise<Service> => {
    const [row] = await tx.query(findKey({ id: parts.id }));
    if (!row || !isSecret(parts.secret, row.secret_hash)) throw unknown;
    if (row.revoked_at) throw new DomainError("UNAUTHORIZED", "this API key was revoked");
    if (row.expires_at && Date.parse(row.expires_at) <= now.getTime()) {
      throw new DomainError("UNAUTHORIZED", `this API key expired at ${row.expires_at}`);
    }
    if (!row.last_used_at || Date.parse(row.last_used_at) < now.getTime() - 60_000) {
      await tx.query(noteUse({ id: row.id, now: now.toISOString() }));
    }
    return {
      kind: "service",
      org_id: row.org_id,
      key_id: row.id,
      name: row.name,
      source: row.source,
      permissions: row.scopes,
      ...request,
    };
  };
  return inAuth(db, recognise, hashToken(key));
}
