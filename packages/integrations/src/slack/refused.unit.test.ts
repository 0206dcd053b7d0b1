import { expect, test } from "vitest";
import { conversation, day, type Files, plainExport, useExports, users } from "../../test/slack/exports.ts";
import { tellOf } from "../../test/slack/telling.ts";
import { zipOf } from "../../test/slack/zip-bytes.ts";

const exports = useExports();
const user = { name: "users.json", content: "[]" };
const { [day]: _day, ...withoutDays } = plainExport;
const { "users.json": _users, ...withoutUsers } = plainExport;

test.each<[string, () => string, RegExp]>([
  ["no zip", () => exports.save("x.zip", "no zip at all"), /is not a zip file/],
  ["an empty file", () => exports.save("x.zip", ""), /is not a zip file/],
  [
    "a zip that was cut off",
    () => exports.save("x.zip", zipOf([user, { name: day, content: "[]".padEnd(5_000) }]).subarray(0, 90)),
    /is a truncated zip file/,
  ],
  [
    "a path outside",
    () => exports.save("x.zip", zipOf([user, { name: "a/../../b.json", content: "[]" }])),
    /a path outside of itself \(a\/\.\.\/\.\.\/b\.json\)/,
  ],
  [
    "an absolute path",
    () => exports.save("x.zip", zipOf([user, { name: "/etc/x.json", content: "[]" }])),
    /a path outside of itself/,
  ],
  [
    "a locked zip",
    () => exports.save("x.zip", zipOf([{ ...user, flags: 1 }])),
    /is encrypted \(users\.json\); unlock it/,
  ],
  [
    "LZMA",
    () => exports.zip(plainExport, { method: 14 }),
    /users\.json is packed with LZMA, which can't be read here: unpack/,
  ],
  [
    "a dump of slackdump",
    () => exports.zip({ "C1.json": { name: "general", channel_id: "C1", messages: [] } }),
    /is a dump of slackdump.*slackdump convert -f export/,
  ],
  [
    "a database of slackdump",
    () => exports.save("x.sqlite", "SQLite format 3\u0000".padEnd(100, "\u0000")),
    /is a database, as slackdump makes it.*slackdump convert/,
  ],
  [
    "text files",
    () => exports.zip({ "channels/general.txt": "Ann: hi", "dms/D1.txt": "x" }),
    /is an export as text files: ask Slack for the export as JSON/,
  ],
  ["something else", () => exports.zip({ "other.json": [] }), /holds no users\.json, so it isn't a Slack export/],
  ["no users.json", () => exports.zip(withoutUsers), /holds no users\.json/],
  ["no channel", () => exports.zip({ "users.json": users, "channels.json": [] }), /lists no channel/],
  [
    "users.json that is cut off",
    () => exports.zip({ ...plainExport, "users.json": '[{"id":' }),
    /users\.json ends in the middle/,
  ],
  ["nothing at all", () => "/nowhere/export.zip", /There is no file or folder/],
])("%s is refused in one sentence that says what to do", async (_name, make, reason) => {
  await expect(tellOf(make())).rejects.toThrow(reason);
});

const twins = (content: unknown): Files => ({ ...plainExport, "twins.json": content });
test.each<[string, Files, RegExp]>([
  [
    "a bot that nobody knows",
    twins([{ botUserId: "UTYPO", ownerUserId: "U2" }]),
    /twins\.json entry 1 \(UTYPO\): no bot/,
  ],
  [
    "an owner whom nobody knows",
    twins([{ botUserId: "UB", ownerUserId: "U404" }]),
    /entry 1 \(UB\): the owner U404 is no person/,
  ],
  ["an owner that is a bot", twins([{ botUserId: "UB", ownerUserId: "UB" }]), /entry 1 \(UB\): the owner UB is a bot/],
  ["a map", twins({ UB: "U2" }), /twins\.json must be a list/],
  ["an entry without a bot", twins([{ owner: "U2" }]), /entry 1 names no bot/],
  [
    "one bot twice",
    twins([
      { bot: "UB", owner: "U1" },
      { bot: "B1", owner: "U2" },
    ]),
    /name one bot, with different owners/,
  ],
  [
    "an owner without an address in the export",
    twins([{ bot: "AskGPT", owner: "zoe@x.example" }]),
    /the owner zoe@x\.example is no person/,
  ],
  [
    "columns without a bot",
    { ...plainExport, "twins.csv": "name,owner\nAskGPT,U2" },
    /needs a first line that names its columns/,
  ],
])("a list of twins with %s is refused, and the entry named", async (_name, files, reason) => {
  await expect(tellOf(exports.zip(files))).rejects.toThrow(reason);
});

test.each<[string, unknown]>([
  ["twins.json", [{ botUserId: "UB", ownerUserId: "u2@X.example" }]],
  ["twins.json", [{ botId: "B1", ownerUserId: "U2" }]],
  ["twins.json", [{ bot: "askgpt", owner: "U2" }]],
  ["twins.csv", 'bot,owner,name\r\n"AskGPT",u2@x.example,\r\n'],
])("%s names a bot by name or either id, and its owner by address or id: %j", async (name, content) => {
  const { twins: found, conversations } = await tellOf(exports.zip({ ...plainExport, [name]: content }));
  expect(found).toEqual(["UB AskGPT of U2"]);
  expect(conversations).toHaveLength(1);
});

test("without an owner a twin is the workspace's primary owner's, and that is said", async () => {
  const { twins: found, notes } = await tellOf(exports.zip(plainExport), { bots: ["AskGPT"] });
  expect(found).toEqual(["UB AskGPT of U1"]);
  expect(notes).toEqual(["AskGPT is a twin of Ann Alt, the workspace's owner, as nobody was named."]);
  const nobody = exports.zip({
    ...plainExport,
    "users.json": users.map((row) => ({ ...row, is_owner: false, is_primary_owner: false })),
  });
  await expect(tellOf(nobody, { bots: ["AskGPT"] })).rejects.toThrow(/users\.json names no owner/);
});

test("two bots of one name are told apart by id only", async () => {
  const other = { ...users[3]!, id: "UC", profile: { real_name: "AskGPT", bot_id: "B2" } };
  const files = {
    ...withoutDays,
    "users.json": [...users, other],
    [day]: [
      ...conversation(),
      ...conversation(1_760_000_100).map((one) => ("bot_id" in one ? { ...one, bot_id: "B2" } : one)),
    ],
  };
  await expect(tellOf(exports.zip(files))).rejects.toThrow(/2 bots are called so \(UB, UC\)/);
  expect((await tellOf(exports.zip(files), { bots: ["B2=U1"] })).twins).toEqual(["UC AskGPT of U1"]);
});
