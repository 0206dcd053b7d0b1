import { addMember } from "@twin/db/access/accounts";
import { createOrganization } from "@twin/db/access/create-organization";
import { enqueueJob } from "@twin/db/jobs/enqueue";
import { cancelJob, listJobs, retryJob } from "@twin/db/jobs/queued";
import { type AuditAction, auditActions } from "@twin/contracts/audit";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { storeExport } from "@twin/db/privacy/exports/store";
import { startImport } from "@twin/db/imports/runs";
import { undoImport } from "@twin/db/imports/undo";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { advanceSeal } from "@twin/db/lifecycle/seal";
import { markNewDay } from "@twin/db/figures/new-day";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { memoryLedger } from "@twin/db/test/erasing";
import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { actsOfAccounts } from "./acts-of-accounts.ts";
import { actsOfMembers, type Written } from "./acts-of-members.ts";
import { actsOfOwners } from "./acts-of-owners.ts";
import { type Caller, makeTenant, type Parsed, type Tenant, useApi } from "./world.ts";
import { systemOf } from "@twin/db/test/actors";

const api = useApi();
let acme: Tenant;
/** Holds the same things, and is told nothing of what is done in the first. */
let globex: Tenant;
/** Whoever is erased, and the twin's next owner, by address. */
const people: Record<string, string> = {};
const addressOf = (name: string) => `${name}@acme.example`;
const names = ["next", "leaver", "hasty", "copied", "gone"];
const ledger = memoryLedger();
const system = () => systemOf(acme.org_id);
let importRun = 0;

beforeAll(async () => {
  acme = await makeTenant(api, "acme");
  globex = await makeTenant(api, "globex");
  await addMember(api.db, systemOf(globex.org_id), { email: `owner@${acme.canary}.example`, role: "viewer" });
  const records = names.map((name) => ({ type: "user", email: addressOf(name), full_name: name }));
  for (const { org_id } of [acme, globex])
    await recordBatch(api.db, systemOf(org_id), { records }, { now: new Date() });
  const { rows } = await api.database.pool.query("select email, id from users where org_id = $1", [acme.org_id]);
  for (const { email, id } of rows) people[email as string] = id as string;
});
const idOf = (name: string) => people[addressOf(name)]!;

/** Calls a procedure, by the owner unless said otherwise. */
async function call(name: string, input: unknown, caller: Caller = acme.members.owner): Promise<Parsed> {
  const headers = { ...caller.headers, "x-request-id": requestId };
  const { value, problem } = await api.call({ headers }, name, input, "mutation");
  expect(problem, name).toBeUndefined();
  return value;
}
const requestId = "audited-request";

const eraseNow = (name: string) =>
  call("users.erase", {
    user_id: idOf(name),
    email: addressOf(name),
    reason: "asked_by_person",
    immediately: true,
  });
const requestExport = async () => (await call("users.requestExport", { user_id: idOf("copied") })).id as string;
async function* zip() {
  yield Buffer.from("PK");
}
const storeZip = (id: string) =>
  storeExport(api.db, system(), id, zip(), {
    now: () => new Date(),
    signal: AbortSignal.timeout(60_000),
    reached() {},
  });

const month = () => acme.ids.archived;
const organization = (): Written => ({ object: ["organization", String(acme.org_id)] });
const archive = (): Written => ({ object: ["archive", month()] });
const policy = (): Written => ({ object: ["retention_policy", "sessions"] });
const backfill = (): Written => ({ object: ["backfill", String(acme.ids.backfill)] });
const job = ({ id }: { id: number }): Written => ({ by: "system", object: ["job", String(id)] });
const person = (name: string): Written => ({ object: ["user", idOf(name)] });
const shorter = { data_type: "sessions", keep: { count: 30, unit: "day" } };

const queueLater = async (): Promise<number> => {
  const { org_id } = acme;
  await enqueueJob(api.db, system(), "metrics/rollup", { org_id }, { delayMs: 3_600_000 });
  return (await listJobs(api.db, system())).at(-1)!.id;
};
/** How each is caused, in this order, and what is then written down. */
const acts: Record<AuditAction, () => Promise<Written>> = {
  "import.start": async () => {
    importRun = await startImport(api.db, system(), { command: "import ndjson", source: "import" });
    return { by: "system", object: ["import", String(importRun)] };
  },
  "import.undo": async () => {
    await undoImport(api.db, system(), importRun, { now: new Date() });
    return { by: "system", object: ["import", String(importRun)] };
  },
  "member.set": async () => {
    const { account_id } = await addMember(api.db, system(), { email: "new@acme.example", role: "ops" });
    return { by: "system", object: ["account", account_id] };
  },
  ...actsOfMembers(api, (name, input, caller) => call(name, input, caller)),
  ...actsOfOwners(api, call, () => acme),
  "organization.create": async () => {
    const made = await createOrganization(api.db, { slug: "made", name: "Made", time_zone: "UTC" });
    return { by: "system", in: made, object: ["organization", String(made.org_id)] };
  },
  "job.retry": async () => job(await retryJob(api.db, systemOf(0), await queueLater())),
  "job.cancel": async () => job(await cancelJob(api.db, systemOf(0), await queueLater())),
  ...actsOfAccounts(
    api,
    call,
    () => acme,
    () => globex,
  ),
  "key.create": async () => {
    const { id } = await call("keys.create", { name: "k", source: "s", scopes: ["metrics.read"] });
    return { object: ["api_key", id] };
  },
  "key.revoke": async () => {
    const { id } = await acme.key(["metrics.read"]);
    await call("keys.revoke", { id });
    return { object: ["api_key", id] };
  },
  "key.rotate": async () => {
    const { id } = await acme.key(["metrics.read"]);
    await call("keys.rotate", { id });
    return { object: ["api_key", id] };
  },
  "organization.set_viewer_titles": async () => {
    await call("organization.setViewerTitles", { viewer_titles: true });
    return organization();
  },
  "content.read": async () => {
    const id = acme.ids.activities[0]!;
    await call("activities.reveal", { id, reason: "support case" }, acme.everything);
    return { by: "key", object: ["activity", id], reason: "support case" };
  },
  "twin.set_owner": async () => {
    await call("twins.setOwner", { twin: acme.ids.twin, owner: idOf("next") });
    return { object: ["twin", acme.ids.twin] };
  },
  "backfill.cancel": async () => {
    await call("backfills.cancel", { id: acme.ids.backfill });
    return backfill();
  },
  "backfill.resume": async () => {
    await call("backfills.resume", { id: acme.ids.backfill });
    return backfill();
  },
  "backfill.start": async () => {
    const { id } = await call("backfills.start", { what: "metrics", from: "2026-01-01", to: "2026-01-02" });
    return { object: ["backfill", String(id)] };
  },
  "organization.set_time_zone": async () => {
    await call("organization.setTimeZone", { timezone: "Europe/Paris" });
    return organization();
  },
  "archive.verify": async () => {
    await call("archives.verify", { month: month() });
    return archive();
  },
  "archive.restore": async () => {
    await call("archives.restore", { month: month() });
    return archive();
  },
  "archive.drop_restored": async () => {
    await call("archives.dropRestored", { month: month() });
    return archive();
  },
  "lifecycle.lift_hold": async () => {
    await call("lifecycle.liftHold", { id: acme.ids.hold, reason: "settled" });
    return { object: ["user", acme.ids.user], reason: "settled" };
  },
  "lifecycle.place_hold": async () => {
    const { id } = await call("lifecycle.placeHold", { user: idOf("next"), reason: "a case" });
    await call("lifecycle.liftHold", { id, reason: "settled" });
    return { ...person("next"), reason: "a case" };
  },
  "lifecycle.set_policy": async () => {
    await call("lifecycle.setPolicy", shorter);
    return policy();
  },
  "lifecycle.cancel_pending_policy": async () => {
    await call("lifecycle.cancelPending", { data_type: "sessions" });
    return policy();
  },
  "lifecycle.start": async () => {
    await call("lifecycle.start", {});
    return organization();
  },
  "user.request_export": async () => {
    await requestExport();
    return person("copied");
  },
  "user.export": async () => {
    const id = await requestExport();
    await storeZip(id);
    return { by: "system", object: ["export", id] };
  },
  "user.fetch_export": async () => {
    const id = await requestExport();
    await storeZip(id);
    const headers = { ...acme.members.owner.headers, "x-request-id": requestId };
    expect((await api.fetch({ headers }, `/api/exports/${id}`, { method: "POST" })).status).toBe(200);
    return person("copied");
  },
  "user.erase": async () => {
    const asked = { user_id: idOf("leaver"), email: addressOf("leaver"), reason: "asked_by_person" };
    await call("users.erase", asked);
    return person("leaver");
  },
  "user.undo_erasure": async () => {
    await call("users.undoErasure", { user_id: idOf("leaver") });
    return person("leaver");
  },
  "user.erase_immediately": async () => {
    await eraseNow("hasty");
    return person("hasty");
  },
  "user.erased": async () => {
    const now = new Date();
    expect(await eraseDue(api.db, system(), { now, ledger })).toMatchObject({ erased: 1 });
    return { by: "system", ...person("hasty") };
  },
  "user.lift_tombstone": async () => {
    await call("users.liftTombstone", { email: addressOf("hasty") });
    return person("hasty");
  },
  // A copy that is older than the erasure comes back.
  "user.erase_again": async () => {
    const entry = { ...ledger.entries[0]!, erasure_id: randomUUID(), user_id: idOf("gone") };
    await ledger.append(entry);
    expect(await replayLedger(api.db, ledger, new Date())).toMatchObject({ again: 1 });
    return { by: "system", ...person("gone") };
  },
  "lifecycle.seal": async () => {
    const [then, now] = [new Date(Date.now() - 300 * 86_400_000), new Date(Date.now() + 30 * 86_400_000)];
    const record = { type: "feature", user: addressOf("next"), feature_name: "handoff", used_at: then.toISOString() };
    expect((await recordBatch(api.db, system(), { records: [record] }, { now: then })).rejected).toEqual([]);
    await markNewDay(api.db, system(), now);
    await api.database.pool.query("delete from owner_corrections; update backfills set status = 'done'");
    await rollupOrganization(api.db, system(), { now });
    expect(await advanceSeal(api.db, system(), { now })).toMatchObject({ sealed_from: expect.any(String) });
    return { by: "system", ...organization() };
  },
};

const newest = async (): Promise<number> =>
  (await api.database.pool.query("select coalesce(max(id), 0) as id from audit_log")).rows[0].id;

test("everything that is written down can be caused, and names who did it, where, and to what", async () => {
  expect(Object.keys(acts).sort()).toEqual([...auditActions].sort());
  const actors = {
    owner: { actor_kind: "member", actor_id: acme.accounts.owner, actor_name: `${acme.canary} owner` },
    key: { actor_kind: "service", actor_id: acme.everything.id, actor_name: `${acme.canary} key` },
    system: { actor_kind: "system", actor_name: expect.any(String) },
    joined: { actor_kind: "member", actor_name: "Invited" },
  };
  for (const [action, act] of Object.entries(acts)) {
    const before = await newest();
    const { by = "owner", in: place = acme, object, reason = null, begins = place } = await act();
    const { rows } = await api.database.pool.query(
      `select org_id, actor_kind, actor_id, actor_name, request_id, object_type, object_id, reason, at from audit_log
       where id > $1 and action = $2`,
      [before, action],
    );
    const written = {
      org_id: place.org_id,
      ...actors[by],
      ...(by !== "system" && { request_id: requestId }),
      object_type: object[0],
      object_id: object[1],
      reason,
    };
    expect.soft(rows, action).toEqual([expect.objectContaining(written)]);
    for (const { at } of rows) expect(Math.abs(Date.now() - at.getTime()), action).toBeLessThan(60_000);
    const elsewhere = await api.database.pool.query("select from audit_log where id > $1 and org_id <> all ($2)", [
      before,
      [place.org_id, begins.org_id],
    ]);
    expect.soft(elsewhere.rowCount, `${action} in another organisation`).toBe(0);
  }
});
