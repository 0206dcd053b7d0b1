import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { askAtOnce, memoryLedger } from "../../test/erasing.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import { waitsFor } from "../../test/waiting.ts";
import { resumeBackfill } from "../figures/backfills/resume.ts";
import { runBackfillChunk } from "../figures/backfills/run-chunk.ts";
import { startBackfill } from "../figures/backfills/start.ts";
import { askErasure } from "../privacy/erasures/ask.ts";
import { eraseDue } from "../privacy/erasures/run.ts";
import { undoErasure } from "../privacy/erasures/undo.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { setTimeZone } from "../figures/backfills/set-time-zone.ts";
import { followOwners } from "../figures/twins/follow-owners.ts";
import { liftHold, placeHold } from "./manage-holds.ts";
import { advanceSeal } from "./seal.ts";
import { cancelPending, setPolicy } from "./set-policy.ts";
import { inPurge } from "../policies/purge.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-20T12:00:00Z");
const march = { what: "metrics", from: "2026-03-01", to: "2026-03-05" } as const;

/** What others hold while they are at work. */
const locks = {
  "a batch in flight": "select from organizations where id = $1 for key share",
  "a purge at work": "select from organizations where id = $1 for update",
  "a hold or policy that is changed": "select from organizations where id = $1 for no key update",
  "a rollup at work": "select pg_advisory_xact_lock(hashtext('twin: rollup'), $1)",
  "another backfill that begins": "select pg_advisory_xact_lock(hashtext('twin: backfills'), $1)",
  "whoever asks for a person's erasure or takes it back":
    "select from users where org_id = $1 and n = 1 for no key update",
};
type Other = keyof typeof locks;

let sender: Sender;
let sarah: string;
beforeAll(async () => {
  sender = await makeSender(application.db);
  await sender.send([...people, conversation("a1", "2026-03-02T10:00:00.000Z")], { now });
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  const { rows } = await database.pool.query("select id from users where org_id = $1 and n = 1", [sender.org_id]);
  sarah = rows[0].id;
});

const db = () => application.db;
const as = () => systemOf(sender.org_id);
const ask = () =>
  askErasure(
    db(),
    as(),
    { user_id: sarah, email: "sarah.chen@acme.example", reason: "left_company", immediately: false },
    now,
  );
const erase = () => eraseDue(db(), as(), { now, ledger: memoryLedger(), signal: AbortSignal.abort() });
const begin = async () => {
  await undo();
  await askAtOnce(db(), sender.org_id, sarah, "sarah.chen@acme.example", now);
};
const undo = () =>
  database.pool.query(
    `with gone as (delete from erasures where org_id = $1), names as (delete from tombstones where org_id = $1)
   update users set deleted_at = null where org_id = $1`,
    [sender.org_id],
  );
const purge = () => inPurge(db(), as(), "sessions", now, () => Promise.resolve());
const place = () => placeHold(db(), as(), { user: sarah, reason: "Ticket 1" }, now);
const shorten = () => setPolicy(db(), as(), { data_type: "sessions", keep: { count: 40, unit: "day" } }, now);
const send = () => sender.send([conversation("a1", "2026-03-02T10:00:00.000Z")], { now });

type Case = [what: string, other: Other, act: () => Promise<unknown>, before?: () => Promise<unknown>];

const waiting: Case[] = [
  ["a purge", "a batch in flight", purge],
  ["a purge", "a hold or policy that is changed", purge],
  ["a batch", "a purge at work", send],
  ["a hold that is placed", "a purge at work", place],
  // Or the same person were held twice.
  ["a hold that is placed", "a hold or policy that is changed", place],
  [
    "a hold that is lifted",
    "a purge at work",
    async () => liftHold(db(), as(), { id: (await placed()).id, reason: "r" }, now),
  ],
  ["a policy that is set", "a purge at work", shorten],
  [
    "a policy that is taken back",
    "a purge at work",
    () => cancelPending(db(), as(), { data_type: "sessions" }, now),
    shorten,
  ],
  ["the seal", "a rollup at work", () => advanceSeal(db(), as(), { now })],
  ["the seal", "a batch in flight", () => advanceSeal(db(), as(), { now })],
  ["an erasure", "a rollup at work", erase, begin],
  ["an erasure", "a batch in flight", erase, begin],
  ["an erasure", "a hold or policy that is changed", erase, begin],
  ["an erasure", "whoever asks for a person's erasure or takes it back", erase, begin],
  ["an erasure that is asked for", "whoever asks for a person's erasure or takes it back", ask, undo],
  [
    "an erasure that is taken back",
    "whoever asks for a person's erasure or takes it back",
    () => undoErasure(db(), as(), { user_id: sarah }, now),
    async () => {
      await undo();
      await ask();
    },
  ],
  ["a rollup", "a rollup at work", () => rollupOrganization(db(), as(), { now }), dirty],
  [
    "a chunk of a backfill",
    "a rollup at work",
    async () => runBackfillChunk(db(), as(), (await startBackfill(db(), as(), march, now)).id, { now }),
  ],
  [
    "a backfill that begins",
    "another backfill that begins",
    () => startBackfill(db(), as(), { ...march, from: "2026-03-04" }, now).catch(() => {}),
  ],
  [
    "a backfill that is resumed",
    "another backfill that begins",
    async () => resumeBackfill(db(), as(), { id: (await someBackfill()).id }),
  ],
  ["what follows a twin's owner", "a rollup at work", () => followOwners(db(), as(), {}), correct],
  ["what follows a twin's owner", "a batch in flight", () => followOwners(db(), as(), {}), correct],
  ["a change of the zone", "a batch in flight", () => setTimeZone(db(), as(), { timezone: "Europe/Paris" }, now)],
  [
    "a change of the zone",
    "another backfill that begins",
    () => setTimeZone(db(), as(), { timezone: "Europe/Berlin" }, now),
  ],
];

/** A hold without the lock that placing one takes. */
async function placed(): Promise<{ id: string }> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), null, 'r', now(), 't') returning id`,
    [sender.org_id],
  );
  return rows[0]!;
}
async function someBackfill(): Promise<{ id: number }> {
  const { rows } = await database.pool.query("select id::int from backfills where org_id = $1 limit 1", [
    sender.org_id,
  ]);
  return rows[0];
}
function dirty() {
  return database.pool.query("insert into ops.dirty_log (org_id, day, n) values ($1, '2026-03-02', 1)", [
    sender.org_id,
  ]);
}
function correct() {
  return database.pool.query(
    "insert into owner_corrections (org_id, twin_id) select org_id, id from twins where org_id = $1 on conflict do nothing",
    [sender.org_id],
  );
}

test.each(waiting)("%s waits for %s", async (_, other, act, before) => {
  await keep(database.pool, sender.org_id, "sessions", 60);
  await database.pool.query("delete from legal_holds where org_id = $1", [sender.org_id]);
  await before?.();
  expect(await waitsFor(database, locks[other], [sender.org_id], act)).toBe(true);
});

const passing: Case[] = [
  ["a batch", "a hold or policy that is changed", send],
  ["a batch", "a batch in flight", send],
  ["a hold that is placed", "a batch in flight", place],
  ["a policy that is set", "a batch in flight", shorten],
  ["a batch", "a rollup at work", send],
];

test.each(passing)("%s doesn't wait for %s", async (_, other, act, before) => {
  await keep(database.pool, sender.org_id, "sessions", 60);
  await undo();
  await before?.();
  expect(await waitsFor(database, locks[other], [sender.org_id], act)).toBe(false);
});
