import { expect, test } from "vitest";
import {
  ann,
  answers,
  ben,
  conversation,
  day,
  type Files,
  inThread,
  noon,
  person,
  plainExport,
  says,
  useExports,
  users,
} from "../../test/slack/exports.ts";
import { tellOf } from "../../test/slack/telling.ts";
import { utf8Flag, zipOf } from "../../test/slack/zip-bytes.ts";

const exports = useExports();
const plain = "C1:1760000000.000100 U2 with UB, 5 s: U2 “hi”, twin “answer”";
const at = (seconds: number, channel = "C1") => `${channel}:${seconds}.000100 U2 with UB, 5 s: U2 “hi”, twin “answer”`;
const { "users.json": _, ...withoutUsers } = plainExport;
const below = (folder: string) =>
  Object.fromEntries(Object.entries(plainExport).map(([name, content]) => [`${folder}/${name}`, content]));
const channels = (...rows: object[]) => ({ "channels.json": rows });

test.each<[string, Files]>([
  ["whose list of groups is empty text", { ...plainExport, "groups.json": "", "mpims.json": [], "dms.json": [] }],
  [
    "with a channel without a folder",
    { ...plainExport, ...channels({ id: "C1", name: "general" }, { id: "C2", name: "gone" }) },
  ],
  [
    "with backslashes in its paths",
    { ...withoutUsers, "users.json": users, "general\\2025-10-09.json": conversation(), [day]: [] },
  ],
  [
    "below a folder, with what a Mac adds",
    { ...below("My Export Apr 1 2026"), "__MACOSX/My Export Apr 1 2026/._users.json": "\u0000\u0005junk" },
  ],
  ["below two folders", below("a/b")],
  [
    "with byte order marks",
    {
      ...plainExport,
      "users.json": `\uFEFF${JSON.stringify(users)}`,
      [day]: `\uFEFF${JSON.stringify(conversation())}`,
    },
  ],
  ["with an empty day", { ...plainExport, "general/2025-10-10.json": "" }],
  [
    "with a row of odd types",
    { ...plainExport, "users.json": [...users, person("U6", "Odd", { deleted: 0, tz: null, updated: "1700000000" })] },
  ],
  ["whose users are a map", { ...plainExport, "users.json": Object.fromEntries(users.map((row) => [row.id, row])) }],
  [
    "with a person in two rows",
    { ...plainExport, "users.json": [...users, { ...ben, team_id: "E0GRID", real_name: "Ben B. (Grid)" }] },
  ],
  [
    "with a flat file a channel",
    { "users.json": users, ...channels({ id: "C1", name: "general" }), "general.json": conversation() },
  ],
  [
    "with a day in capitals",
    { "users.json": users, ...channels({ id: "C1", name: "general" }), "general/2025-10-09.JSON": conversation() },
  ],
  [
    "whose folder is an id",
    { "users.json": users, ...channels({ id: "C1", name: "general" }), "C1/2025-10-09.json": conversation() },
  ],
  ["whose group has a channel's name", { ...plainExport, "groups.json": [{ id: "G1", name: "general" }] }],
  [
    "with uploads of another tool",
    { ...plainExport, "__uploads/F1/users.json": [{ x: 1 }], "__uploads/F2/2024-01-01.json": "not json" },
  ],
])("an export %s comes in whole", async (_name, files) => {
  const { conversations, leftOut, total, unreadable, people, source } = await tellOf(exports.zip(files));
  expect(conversations).toEqual([plain]);
  expect([leftOut, total, unreadable]).toEqual([{}, 2, []]);
  expect(people).toEqual(["U1 Ann Alt", "U2 Ben Bach"]);
  expect(source).toBe("slack:T1");
});

test.each<[string, () => string]>([
  ["whose sizes are those of zip64", () => exports.zip(plainExport, { isZip64: true, method: 0 })],
  ["that was written as a stream", () => exports.zip(plainExport, { isStreamed: true })],
  ["whose names are said to be UTF-8", () => exports.zip(plainExport, { flags: utf8Flag })],
  ["that is a folder", () => exports.directory(plainExport)],
])("an export %s reads the same", async (_name, make) => {
  expect((await tellOf(make())).conversations).toEqual([plain]);
});

test("lists that are null are no lists", async () => {
  const files = {
    "users.json": users,
    "channels.json": "null",
    "dms.json": [{ id: "D1", members: ["U2", "UB"] }],
    "D1/2025-10-09.json": conversation(),
  };
  expect((await tellOf(exports.zip(files))).conversations).toEqual([at(noon, "D1")]);
});

test("every folder that no list names is counted with its messages, beyond the ten that are named too", async () => {
  const old = Array.from({ length: 25 }, (_, i) => [
    `old-${String(i).padStart(2, "0")}/2025-10-09.json`,
    conversation(noon + i),
  ]);
  const { conversations, leftOut, total, notes } = await tellOf(
    exports.zip({ ...plainExport, ...Object.fromEntries(old) }),
  );
  expect(conversations).toEqual([plain]);
  expect([leftOut, total]).toEqual([{ folders: 25, in_folders: 50 }, 52]);
  expect(notes.join()).toMatch(/old-00, .*, old-09 and 15 more/);
});

test("two channels of one name share their folder, and nothing of it is lost", async () => {
  const files = {
    ...plainExport,
    ...channels({ id: "C1", name: "general" }, { id: "C9", name: "general", is_archived: true }),
    [day]: [...conversation(), ...conversation(noon + 100)],
  };
  expect((await tellOf(exports.zip(files))).conversations).toEqual([plain, at(noon + 100)]);
});

test("a channel with a slash in its name has a folder in a folder", async () => {
  const files = {
    ...plainExport,
    ...channels({ id: "C1", name: "general" }, { id: "C2", name: "a/b" }),
    "a/b/2025-10-09.json": conversation(noon + 50),
  };
  expect((await tellOf(exports.zip(files))).conversations).toEqual([plain, at(noon + 50, "C2")]);
});

test("names that don't say that they are UTF-8, decomposed ones and those of code page 437 find their channels", async () => {
  const lists = channels({ id: "C1", name: "bücher" }, { id: "C2", name: "日本語" }, { id: "C3", name: "café" });
  const file = (name: string | Buffer, content: unknown) => ({ name, content: JSON.stringify(content) });
  const path = exports.save(
    "export.zip",
    zipOf([
      file("users.json", users),
      file("channels.json", lists["channels.json"]),
      file("bücher/2025-10-09.json".normalize("NFD"), conversation()),
      file("日本語/2025-10-09.json", conversation(noon + 10)),
      file(Buffer.from("caf\u0082/2025-10-09.json", "latin1"), conversation(noon + 20)),
    ]),
  );
  const { conversations, leftOut } = await tellOf(path);
  expect(conversations).toEqual([plain, at(noon + 10, "C2"), at(noon + 20, "C3")]);
  expect(leftOut).toEqual({});
});

test("day files of any name in a channel's folder are read", async () => {
  const names = ["general.json", "2025-10-09 (1).json", "2025-10.json", "page-1.json"];
  const files = names.map((name, i) => [`general/${name}`, conversation(noon + 10 * (i + 1))]);
  const { conversations } = await tellOf(exports.zip({ ...plainExport, ...Object.fromEntries(files) }));
  expect(conversations.toSorted()).toEqual([plain, ...[10, 20, 30, 40].map((more) => at(noon + more))]);
});

test("what Slack puts beside messages is not read; a canvas in a channel's folder is counted", async () => {
  const files = {
    ...plainExport,
    "integration_logs.json": [{ user_id: "U1", service_type: "X" }],
    "canvases.json": "not json",
    "general/canvas_in_the_conversation.json": [{ x: 1 }],
  };
  const { conversations, leftOut, unreadable } = await tellOf(exports.zip(files));
  expect([conversations, leftOut, unreadable]).toEqual([[plain], { "a canvas": 1 }, []]);
});

const cut = JSON.stringify(conversation(noon + 100)).slice(0, -20);
test.each<[string, string | Buffer, RegExp]>([
  [
    "in UTF-16",
    Buffer.from(`\uFEFF${JSON.stringify(conversation(noon + 100))}`, "utf16le"),
    /2025-10-10\.json is not a list/,
  ],
  ["that is HTML", "<!DOCTYPE html><html>rate limited</html>", /2025-10-10\.json is not a list/],
  ["that was cut off", cut, /2025-10-10\.json ends in the middle/],
  ["that goes on behind its end", "[] []", /2025-10-10\.json has something behind its end/],
])("a day %s is named and left out, and the rest comes in", async (_name, content, reason) => {
  const { conversations, unreadable, leftOut } = await tellOf(
    exports.zip({ ...plainExport, "general/2025-10-10.json": content }),
  );
  expect(conversations).toEqual([plain]);
  expect([unreadable.length, leftOut]).toEqual([1, {}]);
  expect(unreadable[0]).toMatch(reason);
});

test("a damaged day is named and left out whole", async () => {
  const more = { name: "general/2025-10-10.json", content: JSON.stringify(conversation(noon + 100)) };
  const entries = Object.entries(plainExport).map(([name, content]) => ({ name, content: JSON.stringify(content) }));
  for (const [claims, reason] of [
    [{ sum: 1 }, /its checksum is wrong/],
    [{ size: 2 }, /unpacks to more than the 2 bytes/],
  ] as const) {
    const { conversations, unreadable } = await tellOf(
      exports.save("export.zip", zipOf([...entries, { ...more, claims }])),
    );
    expect([conversations, unreadable]).toEqual([[plain], [expect.stringMatching(reason)]]);
  }
});

test("one message that can't be read is named by its file, and the others come in", async () => {
  const broken = Buffer.concat([
    Buffer.from(JSON.stringify([...conversation(), null]).slice(0, -1)),
    Buffer.from(',{"type":"message","text":"h\u00fc"},{"text":tru}]', "latin1"),
  ]);
  const { conversations, leftOut, unreadable } = await tellOf(exports.zip({ ...plainExport, [day]: broken }));
  expect([conversations, leftOut, unreadable]).toEqual([[plain], { "can't be read": 3 }, [day]]);
});

test("the same entry twice is read once", async () => {
  const entries = [...Object.entries(plainExport), [day, conversation(noon + 500)] as const];
  const path = exports.save(
    "export.zip",
    zipOf(entries.map(([name, content]) => ({ name, content: JSON.stringify(content) }))),
  );
  const { conversations, notes } = await tellOf(path);
  expect(conversations).toEqual([at(noon + 500)]);
  expect(notes).toEqual([`${day} lies twice in the zip; the last one is read.`]);
});

test("an export of a Grid organisation is that of its workspaces, under the organisation's id", async () => {
  const grid = (row: object, team: string) => ({ ...row, team_id: team, enterprise_user: { enterprise_id: "E1" } });
  const files = {
    "org_users.json": [grid({ ...ann, id: "W1" }, "T1"), grid(ben, "T2"), grid(users[3]!, "T1")],
    "teams.json": [{ id: "T1" }, { id: "T2" }],
    ...channels({ id: "C1", name: "general" }),
    [day]: conversation(),
    "teams/Sales/channels.json": [{ id: "C2", name: "deals" }],
    "teams/Sales/deals/2025-10-09.json": conversation(noon + 10),
  };
  const { conversations, source, twins, leftOut } = await tellOf(exports.zip(files));
  expect(conversations).toEqual([plain, at(noon + 10, "C2")]);
  expect([source, twins, leftOut]).toEqual(["slack:E1", ["UB AskGPT of W1"], {}]);
});

test("without an id of the workspace --team is asked for, and taken", async () => {
  const nameless = users.map(({ team_id: _team, ...row }) => row);
  const path = exports.zip({ ...plainExport, "users.json": nameless });
  await expect(tellOf(path)).rejects.toThrow(/--team ID/);
  expect((await tellOf(path, { team: "T9" })).source).toBe("slack:T9");
});

test("where users.json names nobody, people and bots go by their ids", async () => {
  const team = { team: "T1" };
  const files = {
    ...plainExport,
    "users.json": [],
    [day]: [says("U2", noon, "hi", { ...inThread(noon), ...team }), answers(noon + 5, "answer", inThread(noon))],
  };
  const path = exports.zip(files);
  await expect(tellOf(path)).rejects.toThrow(/no bot of the export/);
  const { conversations, people, source } = await tellOf(path, { bots: ["B1=U2"] });
  expect(conversations).toEqual([plain.replace("UB", "B1")]);
  expect([people, source]).toEqual([["U2 U2"], "slack:T1"]);
});
