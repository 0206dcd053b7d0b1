import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { undoImport } from "@twin/db/imports/undo";
import { followOwners } from "@twin/db/figures/twins/follow-owners";
import { expect, test } from "vitest";
import {
  ann,
  answers,
  ben,
  bot,
  cem,
  conversation,
  day,
  inThread,
  noon,
  person,
  plainExport,
  says,
  useExports,
  users,
} from "@twin/integrations/test/slack/exports";
import { contentOf, useImports } from "./importing.ts";

const database = useDatabase();
const exports = useExports();
const application = useApplication(database);

const thread = inThread(noon);
const zip = (messages: unknown[], more: object = {}) => exports.zip({ ...plainExport, [day]: messages, ...more });
const askGpt = ["AskGPT=u1@x.example"];
const nothing = { accepted: 0, updated: 0, rejected: [], begun_by_others: 0, gone: 0 };

test("an export stores what it says, and the same one again changes nothing", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const messages = [
    says("U2", noon, "x".repeat(40_000), thread),
    says("U2", noon + 1, "nul\u0000inside", thread),
    says("U2", noon + 2, "\u202eRTL\u202c שלום 👩‍👩‍👧‍👦", thread),
    says("U2", noon + 3, "\uFEFFbom \u2028 sep", thread),
    JSON.parse(
      `{"type":"message","user":"U2","ts":"${noon + 4}.000100","thread_ts":"${noon}.000100","text":"half \\ud83d emoji"}`,
    ),
    answers(noon + 5, "answer", thread),
  ];
  const path = zip(messages);
  expect(await bringIn(path)).toMatchObject({ ...nothing, accepted: 5, messages: 6 });
  const { messages: stored, people, conversations } = await contentOf(application.db, actor);
  expect(stored.map(({ content }) => content)).toEqual([
    "x".repeat(40_000),
    "nulinside",
    "\u202eRTL\u202c שלום 👩‍👩‍👧‍👦",
    "\uFEFFbom \u2028 sep",
    "half \uFFFD emoji",
    "answer",
  ]);
  expect(people).toHaveLength(2);
  expect(conversations).toMatchObject([{ email: "u2@x.example", twin: "AskGPT", is_shared: true }]);
  expect(await bringIn(path)).toMatchObject(nothing);
});

test("two rows with one address are one person, whose active row counts", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const old = person("U7", "Ben Bach (old)", {
    deleted: true,
    updated: 1_700_009_999,
    profile: { email: "u2@x.example" },
  });
  const later = [
    says("U7", noon + 100, "hi", inThread(noon + 100)),
    answers(noon + 105, "answer", inThread(noon + 100)),
  ];
  const path = zip([...conversation(), ...later], { "users.json": [...users, old] });
  expect(await bringIn(path)).toMatchObject({ rejected: [] });
  const { people, conversations } = await contentOf(application.db, actor);
  expect(people).toMatchObject([
    { email: "u1@x.example" },
    { email: "u2@x.example", full_name: "Ben Bach", is_active: true },
  ]);
  expect(conversations).toMatchObject([{ email: "u2@x.example" }, { email: "u2@x.example" }]);
  expect(await bringIn(path)).toMatchObject(nothing);
});

test("a later export brings a bot's answer to what was said before", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const asked = [says("U2", noon, "first", thread), says("U3", noon + 3, "me too", thread)];
  expect(await bringIn(zip(asked))).toMatchObject({ rejected: [], left_out: 2, messages: 0 });
  expect((await contentOf(application.db, actor)).conversations).toEqual([]);
  expect(await bringIn(zip([...asked, answers(noon + 500, "answer", thread)]))).toMatchObject({
    rejected: [],
    messages: 3,
  });
  expect((await contentOf(application.db, actor)).messages.map(({ content }) => content)).toEqual([
    "first",
    "me too",
    "answer",
  ]);
});

test("what is gone from a later export stays and is counted; what a shorter export doesn't hold isn't gone", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const all = [
    says("U2", noon, "first", thread),
    says("U3", noon + 3, "secret oops", thread),
    answers(noon + 5, "answer", thread),
  ];
  const next = "general/2025-10-10.json";
  const late = [says("U3", noon + 86_400, "late", thread), says("U2", noon + 86_500, "later", thread)];
  await bringIn(zip(all, { [next]: late }));
  expect(await bringIn(zip([all[0], all[2]], { [next]: late }))).toMatchObject({ ...nothing, gone: 1 });
  expect(await bringIn(zip(all))).toMatchObject(nothing);
  expect(await bringIn(zip([all[0], { ...all[1], subtype: "tombstone", user: "USLACKBOT" }, all[2]]))).toMatchObject({
    ...nothing,
    gone: 1,
  });
  expect((await contentOf(application.db, actor)).messages).toHaveLength(5);
});

test("a bot whose row is gone is the same twin, by its bot id and by its name", async () => {
  const { bringIn, actor } = await useImports(application.db);
  await bringIn(zip(conversation()), askGpt);
  const later = [...conversation(), ...conversation(noon + 1_000)];
  const path = zip(later, { "users.json": [ann, ben, cem] });
  expect(await bringIn(path, askGpt)).toMatchObject({ ...nothing, accepted: 1 });
  expect(await bringIn(path, ["B1"])).toMatchObject(nothing);
  const { twins, conversations } = await contentOf(application.db, actor);
  expect(twins).toMatchObject([{ name: "AskGPT", owner: "u1@x.example" }]);
  expect(conversations).toHaveLength(2);
});

test("a twin that is silent in an export may be named, and its threads take what people say", async () => {
  const { bringIn, actor } = await useImports(application.db);
  await bringIn(zip(conversation()), askGpt);
  const later = { "general/2025-10-10.json": [says("U3", noon + 86_400, "thanks", thread)] };
  const more = exports.zip({ ...plainExport, [day]: "", ...later, "users.json": [ann, ben, cem] });
  expect(await bringIn(more, ["AskGPT"])).toMatchObject({ ...nothing, accepted: 1, updated: 1 });
  const { messages, conversations } = await contentOf(application.db, actor);
  expect(messages.map(({ content }) => content)).toEqual(["hi", "answer", "thanks"]);
  expect(conversations).toMatchObject([{ ended_at: "2025-10-10T08:53:20.000Z" }]);
});

test("a conversation stays whose it was at first: who would be chosen later is counted, never a conflict", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const bots = { "users.json": [...users, bot("UC", "Poll", "B2")] };
  const reply = [says("U3", noon + 3, "reply", thread), answers(noon + 5, "answer", thread)];
  await bringIn(zip(reply, bots));
  const whole = zip(
    [says("U2", noon, "first", thread), answers(noon + 1, "vote", { ...thread, bot_id: "B2" }), ...reply],
    bots,
  );
  expect(await bringIn(whole, ["AskGPT=U1", "Poll=U1"])).toMatchObject({ rejected: [], begun_by_others: 1 });
  const { conversations, messages } = await contentOf(application.db, actor);
  expect(conversations).toMatchObject([
    { email: "u3@x.example", twin: "AskGPT", ended_at: "2025-10-09T08:53:25.000Z" },
  ]);
  expect(messages.map(({ content, metadata }) => [content, metadata])).toEqual([
    ["first", null],
    ["vote", { bot: "Poll" }],
    ["reply", null],
    ["answer", null],
  ]);
  expect(await bringIn(whole, ["AskGPT=U1", "Poll=U1"])).toMatchObject({ ...nothing, begun_by_others: 1 });
});

test("a bot that is named later gets the threads that aren't stored yet", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const other = inThread(noon + 100);
  const path = zip(
    [
      ...conversation(),
      says("U3", noon + 100, "poll?", other),
      answers(noon + 105, "vote", { ...other, bot_id: "B2" }),
    ],
    {
      "users.json": [...users, bot("UC", "Poll", "B2")],
    },
  );
  expect(await bringIn(path)).toMatchObject({ left_out: 2 });
  expect(await bringIn(path, ["Poll=U2"])).toMatchObject({ rejected: [] });
  expect((await contentOf(application.db, actor)).conversations).toMatchObject([
    { twin: "AskGPT" },
    { twin: "Poll", email: "u3@x.example" },
  ]);
});

test("a day of direct messages keeps its start when an earlier message comes later", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const direct = (messages: unknown[]) =>
    zip([], { "dms.json": [{ id: "D1", members: ["U2", "UB"] }], "D1/2025-10-09.json": messages });
  const [early, late] = [
    says("U2", noon, "early"),
    [says("U2", noon + 60, "late"), says("UB", noon + 64, "answer", { bot_id: "B1" })],
  ];
  await bringIn(direct(late));
  expect(await bringIn(direct([early]))).toMatchObject({ rejected: [] });
  const { conversations, messages } = await contentOf(application.db, actor);
  expect(conversations).toMatchObject([
    { started_at: "2025-10-09T08:54:20.000Z", ended_at: "2025-10-09T08:54:24.000Z" },
  ]);
  expect(messages.map(({ content }) => content)).toEqual(["early", "late", "answer"]);
  expect(await bringIn(direct([early, ...late]))).toMatchObject(nothing);
});

test("a named owner puts right whose a stored twin is, and where none is named it stays", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const ownerNow = async () => (await contentOf(application.db, actor)).twins.map(({ owner }) => owner);
  await bringIn(zip(conversation()), askGpt);
  expect(await bringIn(zip(conversation()), ["AskGPT"])).toMatchObject({ rejected: [], notes: [] });
  expect(await ownerNow()).toEqual(["u1@x.example"]);
  // The twin is silent in this export, and its new owner says nothing either.
  const silent = exports.zip({ ...plainExport, [day]: [says("U2", noon + 900, "hi")], "users.json": [ann, ben, cem] });
  expect(await bringIn(silent, ["AskGPT=U3"])).toMatchObject({
    rejected: [],
    notes: ["AskGPT goes from u1@x.example to U3, who was named as its owner."],
  });
  expect(await ownerNow()).toEqual(["u3@x.example"]);
  expect(await bringIn(zip(conversation()), ["AskGPT=u3@x.example"])).toMatchObject({ ...nothing, notes: [] });
});

test("who owns a twin that was asked decides what is shared use, also of what is stored", async () => {
  const { bringIn, actor } = await useImports(application.db);
  const sharedUse = async () =>
    (await contentOf(application.db, actor)).conversations.map(({ is_shared }) => is_shared);
  await bringIn(zip(conversation()), askGpt);
  expect(await sharedUse()).toEqual([true]);
  await bringIn(zip(conversation()), ["AskGPT=U2"]);
  await followOwners(application.db, actor);
  expect(await sharedUse()).toEqual([false]);
});

test("an import under a wrong bot is taken back, and the right one then ends as if it had been the first", async () => {
  const github = bot("U8", "github", "B8");
  const path = zip(
    [
      says("U2", noon, "What is our plan?", thread),
      answers(noon + 1, "A move.", thread),
      says("U3", noon + 60, "Merged", {}),
      { ...answers(noon + 61, "Merged by hand", inThread(noon + 60)), user: "U8", bot_id: "B8" },
    ],
    { "users.json": [...users, github] },
  );
  const wrong = await useImports(application.db);
  const first = await wrong.bringIn(path, ["github=u1@x.example"]);
  expect(first).toMatchObject({ rejected: [], messages: 2 });
  const { staying } = await undoImport(application.db, wrong.actor, first.run, { now: new Date() });
  expect(staying).toEqual({ shared: {}, final: {}, held: {}, used: {} });
  expect(await contentOf(application.db, wrong.actor)).toEqual({
    people: [],
    twins: [],
    installations: [],
    conversations: [],
    messages: [],
  });
  await wrong.bringIn(path, askGpt);
  const right = await useImports(application.db);
  await right.bringIn(path, askGpt);
  expect(await contentOf(application.db, wrong.actor)).toEqual(await contentOf(application.db, right.actor));
});
