import { sql } from "drizzle-orm";
import { bigint, boolean, inet, integer, pgSchema, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, instant, name } from "../postgres/columns.ts";

const auth = pgSchema("auth");

// Accounts, logins and keys: they are read before the organisation is known.

export const authOrganizations = auth.table("organizations", {
  id: integer().primaryKey(),
  slug: text().notNull(),
  name: text().notNull(),
  is_demo: boolean().notNull().default(false),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  viewer_titles: boolean().notNull().default(false),
  demo_of: integer(),
  removed_at: instant(),
  filled_at: instant(),
});

/** Slugs of demonstrations that are not made again. */
export const authDemonstrationsEnded = auth.table("demonstrations_ended", {
  slug: text().primaryKey(),
  ended_at: instant()
    .notNull()
    .default(sql`now()`),
});

export const authAccounts = auth.table("accounts", {
  id: uuid().primaryKey(),
  email: text().notNull(),
  email_key: text().notNull(),
  full_name: text().notNull(),
  password_hash: text(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  is_demo: boolean().notNull().default(false),
  password_changed_at: instant(),
  verified_at: instant(),
});

export const authLinks = auth.table("links", {
  id: text().primaryKey(),
  kind: text().notNull(),
  account_id: uuid(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  expires_at: instant().notNull(),
  mailed: boolean().notNull().default(false),
});

export const authMemberships = auth.table(
  "memberships",
  {
    account_id: uuid().notNull(),
    org_id: integer().notNull(),
    role: text().notNull(),
    content_read: boolean().notNull().default(false),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
    titles_read: boolean().notNull().default(false),
    deactivated_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.account_id, table.org_id] })],
);

export const authSessions = auth.table("sessions", {
  id: text().primaryKey(),
  user_id: uuid().notNull(),
  expires_at: instant().notNull(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  org_id: integer(),
  user_agent: text(),
  ip: inet(),
  last_seen_at: instant()
    .notNull()
    .default(sql`now()`),
});

export const authApiKeys = auth.table("api_keys", {
  id: text().primaryKey(),
  org_id: integer().notNull(),
  name: text().notNull(),
  source: text().notNull(),
  secret_hash: bytea().notNull(),
  scopes: text().array().notNull(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  expires_at: instant(),
  revoked_at: instant(),
  last_used_at: instant(),
  rotated_from: text(),
  created_by: uuid(),
  revoked_by: uuid(),
});

export const authInvitations = auth.table("invitations", {
  id: text().primaryKey(),
  org_id: integer().notNull(),
  email: text().notNull(),
  email_key: text().notNull(),
  role: text().notNull(),
  content_read: boolean().notNull().default(false),
  invited_by: uuid(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  expires_at: instant().notNull(),
  accepted_at: instant(),
  revoked_at: instant(),
  titles_read: boolean().notNull().default(false),
  mailed: boolean().notNull().default(false),
});

export const authRateLimits = auth.table("rate_limits", {
  key: text().primaryKey(),
  points: integer().notNull().default(0),
  expire: bigint({ mode: "number" }),
});

export const authAnalystLogins = auth.table("analyst_logins", {
  login: name().primaryKey(),
  org_id: integer().notNull(),
});
