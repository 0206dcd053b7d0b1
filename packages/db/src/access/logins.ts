import { NodePostgresAdapter } from "@lucia-auth/adapter-postgresql";
import { type DatabaseSession, type DatabaseUser, Lucia, TimeSpan } from "lucia";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { hashToken, newToken } from "./tokens.ts";
import { statement } from "../postgres/statement.ts";

// The only file that imports lucia. Its session id is the hash of our token, so the table never holds a usable token.

const sliding = new TimeSpan(30, "d");
/** A session ends this many milliseconds after sign-in, even while it is in use. */
export const absoluteMs = 90 * 86_400_000;

type Attributes = { created_at: Date; org_id: number | null; user_agent: string | null; ip: string | null };

declare module "lucia" {
  interface Register {
    Lucia: Lucia<Attributes>;
    DatabaseSessionAttributes: Attributes;
  }
}

const findLogin = statement(
  "access.find_login",
  { id: "text" },
  {
    id: "text",
    user_id: "uuid",
    expires_at: "timestamptz",
    created_at: "timestamptz",
    org_id: "int?",
    is_long_unseen: "boolean",
  },
  (p) => sql`
    select id, user_id, expires_at, created_at, org_id, last_seen_at < now() - interval '5 minutes' as is_long_unseen
    from auth.sessions where id = ${p.id}`,
  { plan: "each" },
);

const seeLogin = statement(
  "access.see_login",
  { id: "text" },
  {},
  (p) => sql`update auth.sessions set last_seen_at = now() where id = ${p.id}`,
  { plan: "each" },
);

/** Lucia's adapter over one transaction of twin_auth; session and account come in one query. */
class Adapter extends NodePostgresAdapter {
  readonly #tx: Tx;

  constructor(tx: Tx) {
    const query = async (text: string, values: unknown[]) => ({ rows: await tx.query({ text, values }) });
    super({ query } as never, { user: "auth.accounts", session: "auth.sessions" });
    this.#tx = tx;
  }

  override async getSessionAndUser(id: string): Promise<[DatabaseSession | null, DatabaseUser | null]> {
    const [row] = await this.#tx.query(findLogin({ id }));
    if (!row) return [null, null];
    if (row.is_long_unseen) await this.#tx.query(seeLogin({ id }));
    const { user_id: userId, org_id } = row;
    const attributes = { created_at: new Date(row.created_at), org_id, user_agent: null, ip: null };
    return [
      { id: row.id, userId, expiresAt: new Date(row.expires_at), attributes },
      { id: userId, attributes: {} },
    ];
  }
}

const luciaOn = (tx: Tx) =>
  new Lucia(new Adapter(tx), { sessionExpiresIn: sliding, getSessionAttributes: (attributes) => attributes });

/** Where a session was begun, for the list of one's sessions. */
export type Origin = { ip?: string | undefined; user_agent?: string | undefined };

/** Begins a session of an account and returns its token, which nobody can read again. */
export async function beginLogin(tx: Tx, account_id: string, org_id: number, origin: Origin): Promise<string> {
  const token = newToken();
  const attributes = {
    created_at: new Date(),
    org_id,
    user_agent: origin.user_agent?.slice(0, 500) ?? null,
    ip: origin.ip ?? null,
  };
  await luciaOn(tx).createSession(account_id, attributes, { sessionId: hashToken(token) });
  return token;
}

/**
 * The live session of a token: 30 days after its last use it ends, 90 days after sign-in at the latest. Null for an
 * unknown, ended or malformed token.
 */
export async function readLogin(
  tx: Tx,
  token: string,
): Promise<{ id: string; account_id: string; org_id: number | null } | null> {
  const lucia = luciaOn(tx);
  const { session } = await lucia.validateSession(hashToken(token));
  if (!session) return null;
  if (session.created_at.getTime() + absoluteMs < Date.now()) {
    await lucia.invalidateSession(session.id);
    return null;
  }
  return { id: session.id, account_id: session.userId, org_id: session.org_id };
}

/** Ends one session; a token that is unknown changes nothing. */
export const endLogin = (tx: Tx, token: string): Promise<void> => luciaOn(tx).invalidateSession(hashToken(token));

/** Ends every session of an account. */
export const endLogins = (tx: Tx, account_id: string): Promise<void> => luciaOn(tx).invalidateUserSessions(account_id);

/** Deletes sessions that have expired. */
export const clearLogins = (tx: Tx): Promise<void> => luciaOn(tx).deleteExpiredSessions();
