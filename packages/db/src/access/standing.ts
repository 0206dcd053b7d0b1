import { permissionsOf, type Role, type Scope } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inAuth } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { absoluteMs } from "./logins.ts";
import { only, statement } from "../postgres/statement.ts";

/** What an actor may do and in which organisation, as a text that changes when either does. */
export const standingOf = ({
  org_id,
  permissions,
}: Pick<Extract<Actor, { permissions: unknown }>, "org_id" | "permissions">): string =>
  `${org_id}: ${permissions.toSorted().join(" ")}`;

const loginStandings = statement(
  "access.login_standings",
  { sessions: "text[]", now: "timestamptz" },
  {
    id: "text",
    org_id: "int",
    role: only<Role>("text"),
    content_read: "boolean",
    titles_read: "boolean",
    viewer_titles: "boolean",
  },
  (p) => sql`
    select s.id, m.org_id, m.role, m.content_read, m.titles_read, m.viewer_titles
    from auth.sessions s cross join lateral (
      select m.org_id, m.role, m.content_read, m.titles_read, o.viewer_titles
      from auth.memberships m join auth.organizations o on o.id = m.org_id
      where m.account_id = s.user_id and m.deactivated_at is null order by m.org_id is not distinct from s.org_id desc, m.created_at, m.org_id limit 1
    ) m
    where s.id = any(${p.sessions}) and s.expires_at > ${p.now}
      and s.created_at > ${p.now} - ${sql.raw(String(absoluteMs))} * interval '1 ms'`,
);

const keyStandings = statement(
  "access.key_standings",
  { keys: "text[]", now: "timestamptz" },
  { id: "text", org_id: "int", scopes: only<Scope[]>("text[]") },
  (p) => sql`
    select id, org_id, scopes from auth.api_keys
    where id = any(${p.keys}) and revoked_at is null and (expires_at is null or expires_at > ${p.now})`,
);

/**
 * What sessions (by the hash of their token) and keys (by id) may do now. Ended ones are absent: signed out, revoked,
 * expired, or without an organisation. Reading this doesn't prolong a session.
 */
export function readStandings(
  db: Database,
  { sessions, keys }: { sessions: readonly string[]; keys: readonly string[] },
  now: Date,
): Promise<Map<string, string>> {
  return inAuth(db, async (tx) => {
    const members = await tx.query(loginStandings({ sessions, now: now.toISOString() }));
    const services = await tx.query(keyStandings({ keys, now: now.toISOString() }));
    return new Map([
      ...members.map(
        ({ id, org_id, role, ...granted }) =>
          [id, standingOf({ org_id, permissions: permissionsOf(role, granted) })] as const,
      ),
      ...services.map(({ id, org_id, scopes }) => [id, standingOf({ org_id, permissions: scopes })] as const),
    ]);
  });
}
