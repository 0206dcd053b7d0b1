import { contract } from "@twin/contracts";
import type { Procedure } from "@twin/contracts/procedure";
import type { Parsed, Tenant } from "./world.ts";

export type Case = {
  /** An input that names the tenant's own things, so that another tenant's call with it must come to nothing. */
  input(tenant: Tenant): unknown;
  /** What the answer to a stranger must be: an error of this code, or a value that this finds nothing in. */
  stranger: string | ((value: Parsed, tenant: Tenant) => boolean);
  /** The call ends the caller's session or needs a fresh one. */
  endsSession?: boolean;
};

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const days = { what: "metrics", from: day(-3), to: day(-2) } as const;
const monthOfSessions = { data_type: "sessions", keep: { count: 30, unit: "day" } } as const;
const range = { start_date: day(-10), end_date: day(0) };

/** One case for each procedure of the contract; a procedure without one fails the tests that go through them all. */
export const cases: Record<string, Case> = {
  "access.state": { input: () => ({}), stranger: (value) => value.needs_owner === false && value.demo.length === 0 },
  "access.signIn": {
    input: (tenant) => ({ email: `owner@${tenant.canary}.example`, password: "not the password" }),
    stranger: "UNAUTHORIZED",
  },
  "access.createOwner": {
    input: (tenant) => ({
      email: "new@owner.example",
      password: "a long password",
      full_name: "N",
      organization_name: "N",
      slug: tenant.slug,
      timezone: "UTC",
    }),
    stranger: "CONFLICT",
  },
  "access.passwordLink": { input: () => ({ token: "nobody's" }), stranger: "NOT_FOUND" },
  "access.setPassword": { input: () => ({ token: "nobody's", password: "a long password" }), stranger: "NOT_FOUND" },
  "account.read": { input: () => ({}), stranger: (value, tenant) => !JSON.stringify(value).includes(tenant.canary) },
  "account.rename": { input: () => ({ full_name: "N" }), stranger: (value) => value.ok },
  "account.changePassword": {
    input: () => ({ current: "not the password", password: "a long password" }),
    stranger: "BAD_REQUEST",
  },
  "account.endLogin": { input: () => ({ id: "nobody's" }), stranger: "NOT_FOUND" },
  "account.endOtherLogins": { input: () => ({}), stranger: (value) => value.ended >= 0, endsSession: true },
  "access.askPasswordLetter": { input: () => ({ email: "nobody@elsewhere.example" }), stranger: "CONFLICT" },
  "access.signOut": { input: () => ({}), stranger: (value) => value.ok, endsSession: true },
  "access.signOutEverywhere": { input: () => ({}), stranger: (value) => value.ok, endsSession: true },
  "access.viewer": {
    input: () => ({}),
    stranger: (value, tenant) => value.organizations.every(({ id }: { id: number }) => id !== tenant.org_id),
  },
  "access.selectOrganization": { input: (tenant) => ({ slug: tenant.slug }), stranger: "NOT_FOUND" },
  "activities.list": {
    input: (tenant) => ({ user: tenant.ids.user, twin: tenant.ids.twin }),
    stranger: "BAD_REQUEST",
  },
  "activities.get": { input: (tenant) => ({ id: tenant.ids.activities[0] }), stranger: "NOT_FOUND" },
  "activities.reveal": {
    input: (tenant) => ({ id: tenant.ids.activities[0], reason: "curious" }),
    stranger: "NOT_FOUND",
  },
  "activities.facets": { input: (tenant) => ({ user: tenant.ids.user }), stranger: "BAD_REQUEST" },
  "archives.list": {
    input: () => ({}),
    stranger: (value, tenant) => value.months.every(({ month }: { month: string }) => month !== tenant.ids.archived),
  },
  "archives.verify": { input: (tenant) => ({ month: tenant.ids.archived }), stranger: "NOT_FOUND" },
  "archives.restore": { input: (tenant) => ({ month: tenant.ids.archived }), stranger: "NOT_FOUND" },
  "archives.dropRestored": { input: (tenant) => ({ month: tenant.ids.archived }), stranger: "NOT_FOUND" },
  "backfills.plan": { input: () => days, stranger: (value) => value.refused.length === 0 },
  "backfills.start": { input: () => days, stranger: (value, tenant) => value.id !== tenant.ids.backfill },
  "backfills.list": {
    input: () => ({}),
    stranger: (value, tenant) => value.backfills.every(({ id }: { id: number }) => id !== tenant.ids.backfill),
  },
  "backfills.get": { input: (tenant) => ({ id: tenant.ids.backfill }), stranger: "NOT_FOUND" },
  "backfills.cancel": { input: (tenant) => ({ id: tenant.ids.backfill }), stranger: "NOT_FOUND" },
  "backfills.resume": { input: (tenant) => ({ id: tenant.ids.backfill }), stranger: "NOT_FOUND" },
  "backfills.diff": { input: (tenant) => ({ id: tenant.ids.backfill }), stranger: "NOT_FOUND" },
  "backfills.progress": { input: (tenant) => ({ id: tenant.ids.backfill }), stranger: "NOT_FOUND" },
  "charts.activity": { input: () => range, stranger: (value) => Array.isArray(value.buckets) },
  // No numbers of strangers either: the only person of each tenant has one first day, which is yesterday or today.
  "engagement.read": {
    input: () => range,
    stranger: (value) => value.days.every(({ mau }: { mau: number }) => mau <= 1),
  },
  "features.usage": { input: () => range, stranger: (value) => Array.isArray(value.features) },
  "features.events": {
    input: (tenant) => ({ ...range, feature_name: "handoff", user: tenant.ids.user }),
    stranger: "BAD_REQUEST",
  },
  "features.firstUse": {
    input: () => range,
    stranger: (value) => value.buckets.every(({ known }: { known: number }) => known <= 1),
  },
  "features.together": { input: () => range, stranger: (value) => value.users <= 1 },
  "ingest.batch": {
    input: (tenant) => ({
      records: [
        {
          type: "message",
          conversation: tenant.ids.activities[0],
          external_id: "x",
          sender_type: "twin",
          created_at: new Date().toISOString(),
        },
        { type: "twin", external_id: "x", user: tenant.ids.user, name: "X" },
      ],
    }),
    stranger: (value) =>
      value.accepted === 0 && value.rejected.every(({ code }: { code: string }) => code.startsWith("UNKNOWN_")),
  },
  "jobs.status": { input: () => ({}), stranger: (value) => typeof value.queued === "number" },
  "keys.list": {
    input: () => ({}),
    stranger: (value, tenant) => !JSON.stringify(value).includes(tenant.everything.id),
  },
  "keys.create": {
    input: () => ({ name: "k", source: "s", scopes: ["metrics.read"] }),
    stranger: (value) => typeof value.key === "string",
  },
  "keys.rotate": { input: (tenant) => ({ id: tenant.everything.id, overlap_hours: 168 }), stranger: "NOT_FOUND" },
  "keys.revoke": { input: (tenant) => ({ id: tenant.everything.id }), stranger: "NOT_FOUND" },
  "lifecycle.policies": {
    input: () => ({}),
    stranger: (value) => value.people_held === 1 && value.policies.every((one: Parsed) => one.is_default),
  },
  "lifecycle.previewPolicy": { input: () => monthOfSessions, stranger: (value) => value.going.rows === 0 },
  "lifecycle.setPolicy": { input: () => monthOfSessions, stranger: (value) => value.keep.count === 90 },
  "lifecycle.cancelPending": { input: () => ({ data_type: "sessions" }), stranger: (value) => value.pending === null },
  "lifecycle.holds": {
    input: () => ({}),
    stranger: (value, tenant) => value.holds.every((hold: Parsed) => hold.id !== tenant.ids.hold),
  },
  "lifecycle.placeHold": { input: (tenant) => ({ user: tenant.ids.user, reason: "a case" }), stranger: "NOT_FOUND" },
  "lifecycle.liftHold": { input: (tenant) => ({ id: tenant.ids.hold, reason: "settled" }), stranger: "NOT_FOUND" },
  "lifecycle.plan": {
    input: () => ({ at: "now" }),
    stranger: (value) => value.steps.every((step: Parsed) => step.going.rows === 0),
  },
  "lifecycle.forecast": { input: () => ({}), stranger: (value) => Array.isArray(value.entries) },
  "lifecycle.storage": { input: () => ({}), stranger: (value) => value.lanes.length === 3 },
  "lifecycle.runs": { input: () => ({}), stranger: (value) => value.runs.length === 0 },
  "lifecycle.start": { input: () => ({}), stranger: (value) => value.queued },
  "live.figures": { input: () => undefined, stranger: () => true },
  // Of a person or twin that the organisation doesn't have there are no figures; the answer names the field.
  "metrics.daily": { input: (tenant) => ({ ...range, user: tenant.ids.user }), stranger: "BAD_REQUEST" },
  "annotations.list": {
    input: () => range,
    stranger: (value, tenant) => !JSON.stringify(value).includes(tenant.canary),
  },
  "annotations.create": {
    input: () => ({ day: day(-1), text: "a release" }),
    stranger: (value) => value.text === "a release",
  },
  "annotations.remove": { input: (tenant) => ({ id: tenant.ids.annotation }), stranger: "NOT_FOUND" },
  "organization.makeDemonstration": { input: () => ({}), stranger: (value) => typeof value.slug === "string" },
  "organization.removeDemonstration": { input: (tenant) => ({ name: tenant.canary }), stranger: "CONFLICT" },
  "organization.setTimeZone": {
    input: () => ({ timezone: "Europe/Paris" }),
    stranger: (value) => value.timezone === "Europe/Paris",
  },
  "organization.setViewerTitles": {
    input: () => ({ viewer_titles: false }),
    stranger: (value) => value.viewer_titles === false,
  },
  "people.behind": { input: (tenant) => ({ ...range, user: tenant.ids.user }), stranger: "BAD_REQUEST" },
  "receipts.read": {
    input: () => ({ start_date: day(-1), end_date: day(-1), figure: "total_messages" }),
    stranger: (value) => value.value <= 2,
  },
  "retention.read": {
    input: () => ({ ...range, period: "day" }),
    stranger: (value) => value.cohorts.reduce((sum: number, { size }: { size: number }) => sum + size, 0) <= 1,
  },
  "sessions.list": {
    input: (tenant) => ({ user: tenant.ids.user, twin: tenant.ids.twin }),
    stranger: "BAD_REQUEST",
  },
  "twins.list": { input: () => range, stranger: (value) => value.total === 1 },
  "twins.get": { input: (tenant) => ({ ...range, twin_id: tenant.ids.twin }), stranger: "NOT_FOUND" },
  "twins.setOwner": {
    input: (tenant) => ({ twin: tenant.ids.twin, owner: tenant.ids.user }),
    stranger: "NOT_FOUND",
  },
  "twins.sharing": { input: () => range, stranger: (value) => value.latest.length === 1 },
  "users.list": {
    input: (tenant) => ({ search: tenant.canary }),
    stranger: (value) => value.total === 0 && value.users.length === 0,
  },
  "users.get": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.days": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.months": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.sessions": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.privacy": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.erase": {
    input: (tenant) => ({
      user_id: tenant.ids.user,
      email: `${tenant.canary}@${tenant.canary}.example`,
      reason: "asked_by_person",
    }),
    stranger: "NOT_FOUND",
  },
  "users.requestExport": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.undoErasure": { input: (tenant) => ({ user_id: tenant.ids.user }), stranger: "NOT_FOUND" },
  "users.erasures": { input: () => ({}), stranger: (value) => value.open.length === 0 && value.receipts.length === 0 },
  "users.receipt": { input: () => ({ number: 1 }), stranger: "NOT_FOUND" },
  "users.liftTombstone": {
    input: (tenant) => ({ email: `${tenant.canary}@${tenant.canary}.example` }),
    stranger: "NOT_FOUND",
  },
  "audit.list": {
    input: (tenant) => ({ object: tenant.ids.user }),
    stranger: (value) => value.rows.length === 0,
  },
  "audit.noteFile": { input: () => ({ list: "users", asked: {} }), stranger: (value) => value.ok },
  "audit.state": { input: () => ({}), stranger: (value, tenant) => !JSON.stringify(value).includes(tenant.canary) },
  "audit.verify": { input: () => ({}), stranger: (value) => value.ok },
  "members.list": {
    input: () => ({}),
    stranger: (value, tenant) => !JSON.stringify(value).includes(tenant.canary),
  },
  "members.invite": {
    input: () => ({ email: "invited@elsewhere.example", role: "viewer" }),
    stranger: (value) => typeof value.token === "string",
  },
  "members.revokeInvitation": { input: () => ({ id: "nobody's" }), stranger: "NOT_FOUND" },
  "members.change": {
    input: (tenant) => ({ account_id: tenant.ids.guest, role: "viewer" }),
    stranger: "NOT_FOUND",
  },
  "members.remove": { input: (tenant) => ({ account_id: tenant.ids.guest }), stranger: "NOT_FOUND" },
  "members.handOver": { input: (tenant) => ({ account_id: tenant.ids.guest }), stranger: "NOT_FOUND" },
  "members.invitation": { input: () => ({ token: "nobody's" }), stranger: "NOT_FOUND" },
  "members.accept": {
    input: () => ({ token: "nobody's", password: "a long password", full_name: "N" }),
    stranger: "NOT_FOUND",
  },
  "metrics.breakdowns": { input: (tenant) => ({ ...range, twin: tenant.ids.twin }), stranger: "BAD_REQUEST" },
};

/** Every procedure of the contract, by name. */
export const procedures: [string, Procedure][] = Object.entries(contract).flatMap(([domain, entries]) =>
  Object.entries(entries).map(([verb, entry]) => [`${domain}.${verb}`, entry as Procedure] as [string, Procedure]),
);
