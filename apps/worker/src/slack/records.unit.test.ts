import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IngestRecord, NestedMessage, type RecordOf } from "@twin/contracts/ingest";
import { afterAll, expect, test } from "vitest";
import { openExport } from "./export-files.ts";
import { readSlackExport } from "./records.ts";

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

const users = [
  {
    id: "U1",
    team_id: "T1",
    real_name: "Ann",
    tz: "Europe/Berlin",
    updated: 1_700_000_000,
    profile: { email: "ann@x.example" },
  },
  { id: "U2", team_id: "T1", real_name: "Bob", is_owner: true, profile: {} },
  { id: "U3", team_id: "T1", real_name: "Cem", profile: { email: "cem@x.example" } },
  { id: "UB", team_id: "T1", real_name: "Ann's Bot", is_bot: true, profile: { bot_id: "BB" } },
  { id: "UC", team_id: "T1", real_name: "Poll", is_bot: true, profile: { bot_id: "BC" } },
];
const twins = [{ botUserId: "UB", botId: "BB", ownerUserId: "U1", name: "Ann's Twin" }];
const say = (ts: string, user: string, more: object = {}) => ({
  type: "message",
  ts,
  user,
  text: `said ${ts}`,
  ...more,
});
const botSays = (ts: string, more: object = {}) => say(ts, "UB", { subtype: "bot_message", bot_id: "BB", ...more });
const in1 = { thread_ts: "1700000100.000000" };

type Files = Record<string, unknown>;
async function read(files: Files, allThreads = false) {
  const folder = mkdtempSync(join(tmpdir(), "export-"));
  made.push(folder);
  const all: Files = { "users.json": users, "channels.json": [{ id: "C1", name: "general" }], ...files };
  for (const [name, content] of Object.entries(all)) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
  const slack = await readSlackExport(await openExport(folder), allThreads);
  const records: IngestRecord[] = [];
  for await (const record of slack.records()) records.push(record);
  const of = <T extends IngestRecord["type"]>(type: T) =>
    records.filter((one): one is RecordOf<T> => one.type === type);
  const messages = (at = 0) => of("activity")[at]!.conversation!.messages as NestedMessage[];
  return { ...slack, told: records, of, messages };
}
const day1 = "general/2023-11-14.json";
const day2 = "general/2023-11-15.json";

test("a thread is one conversation: from its first message to its last, its user the first person, its twin the first twin", async () => {
  const { of, messages, source } = await read({
    "twins.json": twins,
    [day1]: [botSays("1700000100.000000", in1), say("1700000130.250999", "U3", in1)],
    [day2]: [say("1700086500.500000", "U2", in1)],
  });
  expect(source).toBe("slack:T1");
  expect(of("activity")).toHaveLength(1);
  expect(of("activity")[0]).toMatchObject({
    external_id: "C1:1700000100.000000",
    user: "U3",
    twin: "UB",
    activity_type: "conversation",
    platform: "slack",
    started_at: "2023-11-14T22:15:00.000Z",
    ended_at: "2023-11-15T22:15:00.500Z",
    updated_at: "2023-11-15T22:15:00.500Z",
    shared: {},
  });
  expect(messages().map(({ sender_type, user }) => [sender_type, user])).toEqual([
    ["twin", undefined],
    ["user", "U3"],
    ["user", "U2"],
  ]);
  expect(messages()[1]).toMatchObject({
    created_at: "2023-11-14T22:15:30.250Z",
    seq: 999,
    updated_at: "2023-11-14T22:15:30.250Z",
  });
});

test("every record is one that ingest takes", async () => {
  const { told, messages } = await read({
    "twins.json": twins,
    [day1]: [say("1700000100.000000", "U1"), botSays("1700000101.000000", in1)],
  });
  for (const record of told) IngestRecord.parse(record);
  for (const message of messages()) NestedMessage.parse(message);
});

test("a message of one's own twin is no shared use, and an edit is its revision", async () => {
  const edited = { edited: { user: "U1", ts: "1700000150.000000" } };
  const { of, messages } = await read({
    "twins.json": twins,
    [day1]: [say("1700000100.000000", "U1", { ...in1, ...edited }), botSays("1700000101.000000", in1)],
  });
  expect(of("activity")[0]).not.toHaveProperty("shared");
  expect(messages()[0]).toMatchObject({
    edited_at: "2023-11-14T22:15:50.000Z",
    updated_at: "2023-11-14T22:15:50.000Z",
  });
});

test("a thread in which no twin speaks is left out and counted, or goes to a twin named after the channel", async () => {
  const files = { "twins.json": twins, [day1]: [say("1700000100.000000", "U1"), say("1700000200.000000", "U3")] };
  const without = await read(files);
  expect(without.of("activity")).toEqual([]);
  expect(without.leftOut).toMatchObject({ threads_without_twin: 2, messages_without_twin: 2 });
  expect(without.of("user").map(({ external_id }) => external_id)).toEqual(["U1", "U3"]);
  const { of } = await read(files, true);
  expect(of("activity").map(({ twin }) => twin)).toEqual(["channel:C1", "channel:C1"]);
  expect(of("twin")).toMatchObject([{ external_id: "channel:C1", name: "general", user: "U2" }]);
});

test("without twins.json a bot is a twin of the workspace's first owner, and the import says so", async () => {
  const { of, notes } = await read({ [day1]: [say("1700000100.000000", "U1"), botSays("1700000101.000000", in1)] });
  expect(of("twin")).toMatchObject([{ external_id: "UB", user: "U2", name: "Ann's Bot" }]);
  expect(notes.join()).toContain("U2, the workspace's first owner");
  // The owner never wrote: their twin's first message tells since when.
  expect(of("user").find(({ external_id }) => external_id === "U2")?.created_at).toBe("2023-11-14T22:15:01.000Z");
});

test("a bot that twins.json doesn't name is no one's twin: its messages count as the thread's twin's", async () => {
  const poll = say("1700000099.000000", "UC", { subtype: "bot_message", bot_id: "BC", ...in1 });
  const { of, messages } = await read({
    "twins.json": twins,
    [day1]: [
      poll,
      say("1700000100.000000", "U1", in1),
      botSays("1700000101.000000", in1),
      say("1700009000.000000", "UC"),
    ],
  });
  expect(of("twin")).toHaveLength(1);
  expect(of("activity")).toHaveLength(1);
  expect(messages().map(({ sender_type }) => sender_type)).toEqual(["twin", "user", "twin"]);
});

test("what nobody said is left out and counted by its reason", async () => {
  const { leftOut, messages } = await read({
    "twins.json": twins,
    [day1]: [
      say("1700000100.000000", "U1", in1),
      say("1700000101.000000", "U1", { ...in1, subtype: "channel_join" }),
      say("1700000102.000000", "USLACKBOT", in1),
      { type: "message", ts: "1700000103.000000", text: "?", ...in1 },
      say("1700000104.000000", "U1", { ...in1, subtype: "me_message", text: "" }),
      say("1700000105.000000", "U1", { ...in1, subtype: "thread_broadcast" }),
      say("1700000106.000000", "U1", { ...in1, subtype: "file_share" }),
      botSays("1700000107.000000", in1),
      botSays("1700000900.000000"),
    ],
    [day2]: [say("1700000100.000000", "U1", in1)],
  });
  expect(leftOut.messages).toEqual({
    "subtype channel_join": 1,
    USLACKBOT: 1,
    "without a speaker": 1,
    "twice in the export": 1,
  });
  expect(leftOut).toMatchObject({ threads_without_person: 1, messages_without_person: 1 });
  expect(messages().map(({ content }) => content)).toEqual([
    "said 1700000100.000000",
    "",
    "said 1700000105.000000",
    "said 1700000106.000000",
    "said 1700000107.000000",
  ]);
});

test("a person begins with their first message, has an address in any case, and is whole", async () => {
  const { of } = await read({
    "twins.json": twins,
    "dms.json": [{ id: "D1", members: ["U1", "U2"] }],
    "D1/2023-11-13.json": [say("1699900000.000000", "U2")],
    [day1]: [
      say("1700000100.000000", "U1"),
      say("1700000100.900000", "U9", { user_profile: { real_name: "Guest" } }),
      say("1700000101.000000", "U2", in1),
      botSays("1700000102.000000", in1),
    ],
  });
  expect(of("user")).toEqual([
    expect.objectContaining({
      external_id: "U2",
      email: "U2@T1.slack.invalid",
      full_name: "Bob",
      created_at: "2023-11-13T18:26:40.000Z",
    }),
    {
      type: "user",
      external_id: "U1",
      email: "ann@x.example",
      full_name: "Ann",
      timezone: "Europe/Berlin",
      is_active: true,
      created_at: "2023-11-14T22:15:00.000Z",
      updated_at: "2023-11-14T22:13:20.000Z",
    },
    expect.objectContaining({ external_id: "U9", full_name: "Guest", email: "U9@T1.slack.invalid" }),
  ]);
});

test("a twin is installed in the workspace at its first message", async () => {
  const { of } = await read({
    "twins.json": twins,
    [day1]: [say("1700000100.000000", "U3"), botSays("1700000101.000000", in1)],
  });
  expect(of("installation")).toMatchObject([
    { twin: "UB", platform: "slack", workspace_id: "T1", installed_at: "2023-11-14T22:15:01.000Z" },
  ]);
});

test("a long thread goes on in messages of their own", async () => {
  const long = Array.from({ length: 1_200 }, (_, at) => say(`${1_700_000_100 + at}.000000`, "U1", in1));
  const { of, messages } = await read({ "twins.json": twins, [day1]: [...long, botSays("1700009999.000000", in1)] });
  expect(messages()).toHaveLength(500);
  expect(of("message")).toHaveLength(701);
  expect(of("message")[0]).toMatchObject({ conversation: "C1:1700000100.000000", external_id: "C1:1700000600.000000" });
  expect(of("activity")[0]!.ended_at).toBe("2023-11-15T00:59:59.000Z");
});

test.each<[string, Files, RegExp]>([
  ["no users.json", { "users.json": undefined }, /holds no users\.json/],
  ["no channel", { "channels.json": [] }, /lists no channel/],
  ["no team", { "users.json": [{ id: "U1" }] }, /names no team_id/],
  ["a day that is no list", { [day1]: {} }, /2023-11-14\.json is not a list of messages/],
  [
    "twins.json of another shape",
    { "twins.json": [{ botId: "B" }] },
    /twins\.json is not as Slack writes it: \[0\]\.ownerUserId must name a user/,
  ],
])("an export with %s is refused in one sentence", async (_, files, reason) => {
  await expect(read(files)).rejects.toThrow(reason);
});
