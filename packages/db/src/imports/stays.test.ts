import { beforeEach, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { hold } from "../../test/lifecycle.ts";
import { recordBatch } from "../records/ingest/record-batch.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { startImport } from "./runs.ts";
import { planUndo, undoImport } from "./undo.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const at = (day: string) => `2026-03-${day}T10:00:00.000Z`;

let sender: Sender;
beforeEach(async () => {
  sender = await makeSender(application.db);
  // u1 and t1 are a sender's own, whatever an import brings.
  await send(people[0], people[2]);
});
async function send(...records: unknown[]): Promise<void> {
  expect((await sender.send(records, { now })).rejected).toEqual([]);
}
const sql = (text: string) => database.pool.query(text.replaceAll("$1", String(sender.org_id)));
async function bring(records: unknown[]): Promise<number> {
  const actor = systemOf(sender.org_id);
  const run = await startImport(application.db, actor, { command: "import ndjson", source: "import" });
  const { rejected } = await recordBatch(application.db, actor, { records }, { now, run });
  expect(rejected).toEqual([]);
  return run;
}
/** Why rows stay when the import is taken back, which its dry run tells too. */
async function stayingOf(run: number): Promise<object> {
  const actor = systemOf(sender.org_id);
  const { staying: planned } = await planUndo(application.db, actor, run);
  const { staying } = await undoImport(application.db, actor, run, { now });
  expect(staying).toEqual(planned);
  return Object.fromEntries(Object.entries(staying).filter(([, rows]) => Object.keys(rows).length > 0));
}

const act = (external_id: string, extra: object = {}) => ({
  type: "activity",
  external_id,
  user: "u1",
  twin: "t1",
  activity_type: "query",
  platform: "slack",
  started_at: at("10"),
  ...extra,
});
const talk = (external_id: string, extra: object = {}) =>
  act(external_id, { activity_type: "conversation", conversation: { title: "Plan" }, ...extra });
const session = { type: "session", external_id: "s1", user: "u1", platform: "slack", started_at: at("10") };
const feature = { type: "feature", external_id: "f1", user: "u1", feature_name: "calendar_lookup", used_at: at("10") };
const spell = { type: "installation", twin: "t1", platform: "slack", installed_at: at("10") };
const said = {
  type: "message",
  external_id: "m1",
  conversation: "a1",
  sender_type: "user",
  content: "Hm",
  created_at: at("10"),
};
const mike = { ...people[1]!, created_at: undefined };
const twin = { ...people[3]!, user: "u1" };

/** What others hang on a row that an import brought, by the reference that keeps it. */
const hangings: Record<string, { brought: unknown[]; hung?: unknown[]; by?: string; stays: object }> = {
  "a message on a conversation": { brought: [talk("a1")], hung: [said], stays: { activity: 1 } },
  "an activity on the session that it names": {
    brought: [session],
    hung: [act("a1", { session: "s1" })],
    stays: { session: 1 },
  },
  "an activity on its twin": { brought: [twin], hung: [act("a1", { twin: "t2" })], stays: { twin: 1 } },
  "a session on its twin": { brought: [twin], hung: [{ ...session, twin: "t2" }], stays: { twin: 1 } },
  "an installation on its twin": { brought: [twin], hung: [{ ...spell, twin: "t2" }], stays: { twin: 1 } },
  "an activity on its person": { brought: [mike], hung: [act("a1", { user: "u2" })], stays: { user: 1 } },
  "a message on its author": { brought: [mike], hung: [talk("a1"), { ...said, user: "u2" }], stays: { user: 1 } },
  "a session on its person": { brought: [mike], hung: [{ ...session, user: "u2" }], stays: { user: 1 } },
  "a use of a feature on its person": { brought: [mike], hung: [{ ...feature, user: "u2" }], stays: { user: 1 } },
  "a twin on its owner": { brought: [mike], hung: [{ ...twin, user: "u2" }], stays: { user: 1 } },
  "shared use on who owned the twin": {
    brought: [mike],
    hung: [act("a1", { shared: {} })],
    by: "update shared_twin_interactions set twin_owner_id = (select id from users where org_id = $1 and n = 2) where org_id = $1",
    stays: { user: 1 },
  },
  "a summary on whose words it holds": {
    brought: [mike],
    hung: [talk("a1")],
    by: "update conversations set summary_author_ids = array(select id from users where org_id = $1 and n = 2) where org_id = $1",
    stays: { user: 1 },
  },
};
test.each(Object.entries(hangings))(
  "what hangs on a row keeps it: %s",
  async (_, { brought, hung = [], by, stays }) => {
    const run = await bring(brought);
    await send(...hung);
    if (by !== undefined) await sql(by);
    expect(await stayingOf(run)).toEqual({ used: stays });
  },
);

const seal = (from: string, before: string) =>
  sql(`update organizations set sealed_from = '2026-03-${from}', sealed_before = '2026-03-${before}' where id = $1`);
const sealed: Record<string, { brought: unknown[]; by?: string; stays: object }> = {
  "an activity by its start": { brought: [act("a1")], stays: { activity: 1 } },
  "an activity by its document": {
    brought: [act("a1", { activity_type: "document", started_at: at("12"), document: { created_at: at("10") } })],
    stays: { activity: 1 },
  },
  "an activity by its query": {
    brought: [act("a1", { started_at: at("12"), query: { created_at: at("10") } })],
    stays: { activity: 1 },
  },
  "an activity by its shared use": {
    brought: [act("a1", { started_at: at("12"), shared: { created_at: at("10") } })],
    stays: { activity: 1 },
  },
  "a conversation that was summarised": {
    brought: [talk("a1", { started_at: at("12") })],
    by: "update conversations set summarised_at = '2026-03-19', summary_keep = '90 days' where org_id = $1",
    stays: { activity: 1 },
  },
  "a message, with its conversation": {
    brought: [talk("a1", { started_at: at("12") }), said],
    stays: { message: 1, activity: 1 },
  },
  "a session that reaches in": {
    brought: [{ ...session, started_at: at("09"), ended_at: at("12") }],
    stays: { session: 1 },
  },
  "a use of a feature": { brought: [feature], stays: { feature: 1 } },
  "an installation by its beginning": { brought: [spell], stays: { installation: 1 } },
  "an installation by its end": {
    brought: [{ ...spell, installed_at: at("09"), uninstalled_at: at("10") }],
    stays: { installation: 1 },
  },
  "a person by their beginning": { brought: [{ ...mike, created_at: at("10") }], stays: { user: 1 } },
};
test.each(Object.entries(sealed))("what lies in sealed days stays: %s", async (_, { brought, by, stays }) => {
  const run = await bring(brought);
  if (by !== undefined) await sql(by);
  await seal("10", "11");
  const staying = (await stayingOf(run)) as { final?: object; used?: object };
  expect({ ...staying.final, ...staying.used }).toEqual(stays);
});

const figures: Record<string, { brought: unknown[]; stays: object; purge: string }> = {
  "of a person's days": { brought: [mike, { ...session, user: "u2" }], stays: { user: 1 }, purge: "activities" },
  "of a twin's days": { brought: [twin, act("a1", { twin: "t2" })], stays: { twin: 1 }, purge: "activities" },
  "of features that a person used": {
    brought: [mike, { ...feature, user: "u2" }],
    stays: { user: 1 },
    purge: "feature_events",
  },
};
test.each(Object.entries(figures))(
  "figures of sealed days keep whom they are of, once rows were purged: %s",
  async (_, { brought, stays, purge }) => {
    const run = await bring(brought);
    await rollupOrganization(application.db, systemOf(sender.org_id), { now });
    await sql(`delete from ${purge} where org_id = $1; delete from sessions where org_id = $1`);
    await seal("10", "11");
    expect(await stayingOf(run)).toEqual({ final: stays });
  },
);

test("a hold keeps everything that a person has part in, their sessions, features, twins and installations", async () => {
  const hers = [
    { ...session, user: "u2" },
    { ...feature, user: "u2" },
    { ...twin, user: "u2" },
    { ...spell, twin: "t2" },
  ];
  const run = await bring([mike, ...hers, talk("a1"), { ...said, user: "u2" }]);
  await hold(database.pool, sender.org_id, "mike.johnson@acme.example");
  expect(await stayingOf(run)).toEqual({
    held: { user: 1, session: 1, feature: 1, twin: 1, installation: 1, activity: 1, message: 1 },
  });
});
