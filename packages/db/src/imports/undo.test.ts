import { beforeEach, expect, test } from "vitest";
import { differences } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { hold, keep, liftHolds } from "../../test/lifecycle.ts";
import { askErasure } from "../privacy/erasures/ask.ts";
import { holdImport } from "../records/ingest/hold-import.ts";
import { recordBatch } from "../records/ingest/record-batch.ts";
import { runLifecycle } from "../lifecycle/run.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { endImport, listImports, startImport } from "./runs.ts";
import { planUndo, undoImport } from "./undo.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const at = (day: string, time = "10:00") => `2026-03-${day}T${time}:00.000Z`;

let sender: Sender;
beforeEach(async () => {
  sender = await makeSender(application.db);
});
const by = () => systemOf(sender.org_id);
const tell = async (...records: unknown[]) => {
  const answer = await sender.send(records, { now });
  expect(answer.rejected).toEqual([]);
};
const begin = () => startImport(application.db, by(), { command: "import ndjson", source: "import" });
async function bring(...records: unknown[]): Promise<number> {
  const run = await begin();
  const { rejected } = await recordBatch(application.db, by(), { records }, { now, run });
  expect(rejected).toEqual([]);
  return run;
}
async function settle(): Promise<void> {
  await rollupOrganization(application.db, by(), { now });
  expect(await differences(application.db, sender.org_id, now)).toEqual([]);
}
/** Takes an import back once figures have followed it; nothing differs from a recount then. */
async function takeBack(run: number) {
  await settle();
  const plan = await planUndo(application.db, by(), run);
  const { going, staying } = await undoImport(application.db, by(), run, { now });
  expect({ going, staying }).toEqual({ going: plan.going, staying: plan.staying });
  await settle();
  return { going, staying: Object.fromEntries(Object.entries(staying).filter(([, rows]) => Object.keys(rows).length)) };
}
const ask = async (text: string) =>
  (await database.pool.query({ text, values: [sender.org_id], rowMode: "array" })).rows;
const nobody = people.map((record) => ({ ...record, created_at: undefined }));
const query = (id: string, day: string, extra: object = {}) => ({
  type: "activity",
  external_id: id,
  user: "u1",
  twin: "t1",
  activity_type: "query",
  platform: "slack",
  started_at: at(day),
  query: { query_text: "Where?" },
  ...extra,
});
const message = (id: string, of: string, day: string, extra: object = {}) => ({
  type: "message",
  external_id: id,
  conversation: of,
  sender_type: "user",
  content: "And then?",
  created_at: at(day),
  ...extra,
});

test("an import that is taken back leaves nothing but its run, and the same records may come again, told in another way", async () => {
  const run = await bring(...people, conversation("a1", at("02")), query("q1", "03"));
  expect(await takeBack(run)).toEqual({ going: { user: 2, twin: 2, activity: 2, message: 2 }, staying: {} });
  for (const table of [
    "users",
    "twins",
    "activities",
    "sessions",
    "external_ids",
    "user_keys",
    "user_days",
    "imported_rows",
  ])
    expect(await ask(`select count(*)::int from ${table} where org_id = $1`)).toEqual([[0]]);
  const again = await bring(...people, conversation("a1", at("04"), { twin: "t2" }), query("q1", "05", { user: "u2" }));
  await settle();
  expect(await listImports(application.db, by(), { limit: 10 })).toMatchObject([
    { id: again, status: "interrupted", made: { user: 2, twin: 2, activity: 2, message: 2 }, undone: {} },
    { id: run, status: "undone", undone: { user: 2, twin: 2, activity: 2, message: 2 } },
  ]);
});

test("what another import brought too stays until that is taken back, what a sender sent too stays", async () => {
  const first = await bring(...people, query("q1", "02"), query("q2", "03"));
  const second = await bring(...people, query("q1", "02"));
  await tell(...people.slice(1, 2));
  expect(await takeBack(first)).toEqual({
    going: { activity: 1 },
    staying: { shared: { user: 1, twin: 2, activity: 1 } },
  });
  expect(await takeBack(second)).toEqual({ going: { user: 1, twin: 2, activity: 1 }, staying: {} });
}, 60_000);

test("an import that is taken back and had to leave a row keeps it from no other", async () => {
  const first = await bring(...people, query("q1", "02"));
  const second = await bring(...people);
  await tell(query("q9", "03"));
  expect(await takeBack(second)).toMatchObject({ going: {}, staying: { shared: { user: 2, twin: 2 } } });
  expect(await takeBack(first)).toEqual({
    going: { user: 1, twin: 1, activity: 1 },
    staying: { used: { user: 1, twin: 1 } },
  });
  const third = await bring(...people);
  expect(await takeBack(third)).toEqual({ going: { user: 1, twin: 1 }, staying: { used: { user: 1, twin: 1 } } });
});

test("what rows of others hang on stays: a conversation for a message, people and twins for what they did", async () => {
  const run = await bring(...people, conversation("a1", at("02")), query("q1", "02", { user: "u2" }));
  await tell(message("m9", "a1", "03", { user: "u2" }));
  expect(await takeBack(run)).toEqual({
    going: { message: 2, activity: 1, twin: 1 },
    staying: { used: { user: 2, twin: 1, activity: 1 } },
  });
  expect(await ask("select message_count, total_tokens from conversations where org_id = $1")).toEqual([[1, 0]]);
});

test("people and installations that came without a beginning begin with what is left", async () => {
  const spell = { type: "installation", twin: "t1", platform: "slack" };
  await tell(...nobody, spell, query("q1", "10", { user: "u2" }));
  const run = await bring(query("q0", "05", { user: "u2" }));
  const begun = () =>
    ask(`select to_char(u.created_at at time zone 'UTC', 'DD'), u.created_at_source from users u where u.org_id = $1
      union all select to_char(i.installed_at at time zone 'UTC', 'DD'), 'spell' from twin_installations i where i.org_id = $1 order by 2, 1`);
  await settle();
  expect(await begun()).toEqual([
    ["05", "derived"],
    ["05", "derived"],
    ["05", "spell"],
  ]);
  expect(await takeBack(run)).toMatchObject({ going: { activity: 1 } });
  expect(await begun()).toEqual([
    ["10", "derived"],
    ["10", "derived"],
    ["10", "spell"],
  ]);
});

test("moments go back to where they were: of a conversation, and of what an open session held", async () => {
  const session = { type: "session", external_id: "s1", user: "u1", platform: "slack", started_at: at("02") };
  const silent = { conversation: { title: "Plan" } };
  await tell(
    ...people,
    session,
    query("q1", "03"),
    conversation("a1", at("06"), { user: "u2", twin: "t2", ...silent }),
    message("m1", "a1", "10"),
  );
  const sessions = () =>
    ask(`select u.n, to_char(s.started_at at time zone 'UTC', 'DD'), s.interaction_count,
        array(select a.started_at from activities a where a.org_id = $1 and a.session_id = s.id order by 1)
      from sessions s join users u on u.org_id = $1 and u.id = s.user_id
      where s.org_id = $1 order by 1, 2`);
  await settle();
  const before = await sessions();
  const run = await bring(query("q2", "05", { session: "s1" }), message("m0", "a1", "08"));
  await settle();
  expect(await sessions()).not.toEqual(before);
  await takeBack(run);
  expect(await sessions()).toEqual(before);
});

test("what lies in sealed days stays with all that it hangs on, and is no longer kept as the import's", async () => {
  const early = new Date("2026-03-03T12:00:00Z");
  const run = await begin();
  const records = [...people, query("q1", "02"), query("q2", "28")];
  await recordBatch(application.db, by(), { records: records.slice(0, 5) }, { now: early, run });
  await keep(database.pool, sender.org_id, "sessions", 10);
  const late = new Date("2026-03-30T12:00:00Z");
  await recordBatch(application.db, by(), { records: records.slice(5) }, { now: late, run });
  await database.pool.query("update daily_metrics set last_record_at = '2026-03-03' where org_id = $1", [
    sender.org_id,
  ]);
  const lines = () => ask("select kind, count(*)::int from imported_rows where org_id = $1 group by 1 order by 1");
  await rollupOrganization(application.db, by(), { now: late });
  await database.pool.query("update daily_metrics set last_record_at = '2026-03-03' where org_id = $1", [
    sender.org_id,
  ]);
  expect(await lines()).toEqual([
    ["activity", 2],
    ["twin", 2],
    ["user", 2],
  ]);
  await runLifecycle(application.db, by(), { now: late, summarise: async () => ({ text: "", model: null }) });
  expect(await ask("select sealed_before > '2026-03-03' from organizations where id = $1")).toEqual([[true]]);
  expect(await lines()).toEqual([
    ["activity", 1],
    ["twin", 2],
    ["user", 2],
  ]);
  const { going, staying } = await undoImport(application.db, by(), run, { now: late });
  expect({ going, staying }).toEqual({
    going: { user: 1, twin: 1, activity: 1 },
    staying: { shared: {}, final: { user: 1, twin: 1 }, held: {}, used: {} },
  });
});

test("what a legal hold keeps stays until it is lifted, and so does who is about to be erased", async () => {
  const run = await bring(...people, conversation("a1", at("02")), query("q1", "03", { user: "u2", twin: "t2" }));
  await hold(database.pool, sender.org_id, "sarah.chen@acme.example");
  await askErasure(
    application.db,
    by(),
    {
      user_id: (await ask("select id from users where org_id = $1 and n = 2"))[0]![0] as string,
      email: "mike.johnson@acme.example",
      reason: "asked_by_person",
      immediately: false,
    },
    now,
  );
  expect(await takeBack(run)).toEqual({
    going: { activity: 1, twin: 1 },
    staying: { held: { user: 2, twin: 1, activity: 1, message: 2 } },
  });
  await liftHolds(database.pool, sender.org_id);
  await hold(database.pool, sender.org_id);
  expect(await takeBack(run)).toMatchObject({ going: {} });
  await liftHolds(database.pool, sender.org_id);
  expect(await takeBack(run)).toEqual({
    going: { user: 1, twin: 1, activity: 1, message: 2 },
    staying: { held: { user: 1 } },
  });
});

test("an import that still runs can't be taken back, and nothing of one that is taken back comes in any more", async () => {
  const run = await begin();
  const held = await holdImport(database.url, sender.org_id, run);
  await expect(undoImport(application.db, by(), run, { now })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await listImports(application.db, by(), { limit: 1 })).toMatchObject([{ id: run, status: "running" }]);
  await held.end();
  const other = await makeSender(application.db);
  await expect(planUndo(application.db, systemOf(other.org_id), run)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(undoImport(application.db, systemOf(other.org_id), run, { now })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await undoImport(application.db, by(), run, { now });
  await expect(recordBatch(application.db, by(), { records: people }, { now, run })).rejects.toThrow("has ended");
  expect(await ask("select count(*)::int from users where org_id = $1")).toEqual([[0]]);
  const ended = await begin();
  const outcome = { records: 0, accepted: 0, updated: 0, duplicates: 0, rejected: 0 };
  await endImport(application.db, by(), ended, { status: "done", outcome });
  expect(await listImports(application.db, by(), { limit: 1 })).toMatchObject([{ id: ended, status: "done", outcome }]);
  expect(
    await ask(
      "select action, count(*)::int from audit_log where org_id = $1 and action like 'import.%' group by 1 order by 1",
    ),
  ).toEqual([
    ["import.start", 2],
    ["import.undo", 1],
  ]);
});

test("an installation that is sent with its time takes the place of the one without, and stays whose it was", async () => {
  const spell = { type: "installation", twin: "t1", platform: "slack" };
  await tell(...people);
  const run = await bring(spell, { ...spell, installed_at: at("03") });
  const other = await bring({ ...spell, twin: "t2" });
  await tell({ ...spell, twin: "t2", installed_at: at("04") });
  expect(await takeBack(run)).toEqual({ going: { installation: 1 }, staying: {} });
  expect(await takeBack(other)).toEqual({ going: {}, staying: {} });
  expect(
    await ask("select to_char(installed_at at time zone 'UTC', 'DD') from twin_installations where org_id = $1"),
  ).toEqual([["04"]]);
});
