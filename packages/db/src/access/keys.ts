import type { ApiKey, CreateKeyInput } from "@twin/contracts/access";
import type { Scope } from "@twin/contracts/vocabulary";
import { type Actor, inAuth, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { hashSecret, hashToken, isSecret, newKey, parseKey } from "./tokens.ts";

const columns = "id, name, source, scopes, created_at, expires_at, revoked_at, last_used_at";
/** A later end than this is none. */
const mostYears = 10;

/** @throws BAD_REQUEST for an end that is over already, or so far off that it is none */
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

/**
 * Adds an API key to the actor's organisation. The whole key is in the answer, and nowhere else ever again.
 * @throws BAD_REQUEST for an end that doesn't lie ahead
 */
export function createKey(
  db: Database,
  actor: Actor,
  input: CreateKeyInput,
  now = new Date(),
): Promise<ApiKey & { key: string }> {
  const { name, source, scopes, expires_at } = input;
  const { id, secret, key } = newKey();
  return inAuth(db, async (tx) => {
    checkEnd(expires_at, now);
    const [row] = await tx.query<ApiKey>({
      text: `insert into auth.api_keys (id, org_id, name, source, secret_hash, scopes, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
      values: [id, actor.org_id, name, source, hashSecret(secret), scopes, now.toISOString(), expires_at ?? null],
    });
    await recordAuditAs(tx, actor, {
      action: "key.create",
      object_type: "api_key",
      object_id: id,
      details: { name, source, scopes },
    });
    return { ...row!, key };
  });
}

/** The keys of an organisation, newest first, revoked ones too; never their secrets. */
export const listKeys = (db: Database, actor: Actor): Promise<{ keys: ApiKey[] }> =>
  inAuth(db, async (tx) => {
    const keys = await tx.query<ApiKey>({
      text: `select ${columns} from auth.api_keys where org_id = $1 order by created_at desc, id`,
      values: [actor.org_id],
    });
    return { keys };
  });

/** Revokes a key at once; a revoked one stays as it is. @throws NOT_FOUND unless it is the organisation's */
export function revokeKey(db: Database, actor: Actor, { id }: { id: string }): Promise<ApiKey> {
  return inAuth(db, async (tx) => {
    const [row] = await tx.query<ApiKey>({
      text: `update auth.api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 and org_id = $2 returning ${columns}`,
      values: [id, actor.org_id],
    });
    if (!row) throw new DomainError("NOT_FOUND", "no such key", { path: "id" });
    await recordAuditAs(tx, actor, { action: "key.revoke", object_type: "api_key", object_id: id });
    return row;
  });
}

export type Service = Extract<Actor, { kind: "service" }>;
type Request = { request_id: string; ip?: string };
type Row = {
  id: string;
  org_id: number;
  name: string;
  source: string;
  secret_hash: Buffer;
  scopes: Scope[];
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
};

/**
 * Who an API key stands for. Notes its use at most once a minute.
 * @throws UNAUTHORIZED for an unknown, revoked or expired key; which of the three is told only to who holds the secret
 */
export function serviceOf(db: Database, key: string, request: Request, now = new Date()): Promise<Service> {
  const parts = parseKey(key);
  const unknown = new DomainError("UNAUTHORIZED", "no such API key");
  if (!parts) return Promise.reject(unknown);
  const recognise = async (tx: Tx): Promise<Service> => {
    const [row] = await tx.query<Row>({
      name: "service-of",
      text: `select id, org_id, name, source, secret_hash, scopes, expires_at, revoked_at, last_used_at
             from auth.api_keys where id = $1`,
      values: [parts.id],
    });
    if (!row || !isSecret(parts.secret, row.secret_hash)) throw unknown;
    if (row.revoked_at) throw new DomainError("UNAUTHORIZED", "this API key was revoked");
    if (row.expires_at && Date.parse(row.expires_at) <= now.getTime()) {
      throw new DomainError("UNAUTHORIZED", `this API key expired at ${row.expires_at}`);
    }
    if (!row.last_used_at || Date.parse(row.last_used_at) < now.getTime() - 60_000) {
      await tx.query({
        text: `update auth.api_keys set last_used_at = $2
               where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`,
        values: [row.id, now],
      });
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
