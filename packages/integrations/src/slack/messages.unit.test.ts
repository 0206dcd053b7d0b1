import { expect, test } from "vitest";
import {
  answers,
  conversation,
  day,
  inThread,
  noon,
  person,
  plainExport,
  type Said,
  says,
  useExports,
  users,
} from "../../test/slack/exports.ts";
import { tellOf } from "../../test/slack/telling.ts";

const exports = useExports();
const plain = "C1:1760000000.000100 U2 with UB, 5 s: U2 “hi”, twin “answer”";
const tell = (messages: Said[] | unknown[], more: object = {}, reading: Parameters<typeof tellOf>[1] = {}) =>
  tellOf(exports.zip({ ...plainExport, [day]: messages, ...more }), reading);
const thread = inThread(noon);

test("of two rows with one address the active one's facts count for both, whichever is newer", async () => {
  const old = person("U7", "Ben Bach (old)", {
    deleted: true,
    updated: 1_700_009_999,
    profile: { email: "U2@x.example" },
  });
  const messages = [
    ...conversation(),
    says("U7", noon + 100, "me", inThread(noon + 100)),
    answers(noon + 105, "you", inThread(noon + 100)),
  ];
  const { of } = await tell(messages, { "users.json": [...users, old] });
  const facts = {
    email: "u2@x.example",
    full_name: "Ben Bach",
    is_active: true,
    updated_at: "2023-11-14T22:13:20.000Z",
  };
  expect(of("user").slice(1)).toEqual([
    expect.objectContaining({ external_id: "U2", ...facts }),
    expect.objectContaining({ external_id: "U7", ...facts }),
  ]);
});

test("of two rows of one address, however it is spelled, or of one id, the newer counts, in whatever order they stand", async () => {
  const older = person("U2", "Ben Before", { updated: 1_600_000_000, profile: { email: "BEN@x.example" } });
  const newer = person("U7", "Ben Bach", { updated: 1_650_000_000, profile: { email: "Ben@X.example" } });
  const again = person("U7", "Ben Again", { updated: 1_640_000_000, profile: { email: "ben@x.example" } });
  for (const rows of [
    [older, newer, again],
    [again, newer, older],
  ]) {
    const others = users.filter(({ id }) => id !== "U2");
    const { people } = await tell(conversation(), { "users.json": [...others, ...rows] });
    expect(people).toContain("U2 Ben Bach");
  }
});

test("a person without a profile has an address of their own", async () => {
  const { of } = await tell([says("U5", noon, "hi", thread), answers(noon + 5, "answer", thread)], {
    "users.json": [...users, { id: "U5", team_id: "T1", name: "eve", deleted: true }],
  });
  expect(of("user")).toContainEqual({
    type: "user",
    external_id: "U5",
    email: "U5@T1.slack.invalid",
    full_name: "eve",
    is_active: false,
  });
});

test("neither people nor installations are told a beginning: it follows from what they do", async () => {
  const { of } = await tell(conversation());
  for (const one of of("user")) expect(one).not.toHaveProperty("created_at");
  expect(of("installation")).toEqual([{ type: "installation", twin: "UB", platform: "slack", workspace_id: "T1" }]);
});

test("who never wrote and owns no twin isn't brought in", async () => {
  expect((await tell(conversation())).people).toEqual(["U1 Ann Alt", "U2 Ben Bach"]);
});

test("a reply that was also sent to the channel is one message, and of one twice the later edit counts", async () => {
  const edited = { edited: { user: "U2", ts: "1760000060.000000" } };
  const messages = [
    ...conversation(),
    says("U3", noon + 9, "too", { ...thread, subtype: "thread_broadcast", root: { ts: `${noon}.000100`, text: "hi" } }),
    says("U3", noon + 9, "too", thread),
    says("U2", noon, "hi!", { ...thread, ...edited }),
    { type: "message", subtype: "reply_broadcast", ts: `${noon + 12}.000100`, user: "U3", text: "" },
  ];
  const { conversations, leftOut, total } = await tell(messages);
  expect(conversations).toEqual(["C1:1760000000.000100 U2 with UB, 9 s: U2 “hi”, twin “answer”, U3 “too”, U2 “hi!”"]);
  expect([leftOut, total]).toEqual([{ "twice in the export": 2, "subtype reply_broadcast": 1 }, 6]);
});

test("text that lies in blocks, attachments or the names of files only is told, and nothing only where there is none", async () => {
  const rich = {
    type: "rich_text",
    elements: [
      {
        type: "rich_text_section",
        elements: [
          { type: "text", text: "What is our " },
          { type: "user", user_id: "U3" },
          { type: "text", text: " policy?" },
        ],
      },
    ],
  };
  const none = { ts: "", type: "message", ...thread };
  const messages = [
    { ...none, user: "U2", ts: `${noon}.000100`, blocks: [rich] },
    answers(noon + 5, "", {
      ...thread,
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "28 days &amp; more" } }],
    }),
    {
      ...none,
      bot_id: "B1",
      user: "UB",
      ts: `${noon + 6}.000100`,
      text: "",
      attachments: [{ fallback: "See", text: "See the handbook" }, { fallback: "or <https://x.example|this>" }],
    },
    says("U2", noon + 7, "", { ...thread, files: [{ id: "F1", name: "leave.pdf", mode: "hosted" }], upload: true }),
    says("U2", noon + 8, "", thread),
  ];
  const { of } = await tell(messages);
  const said = of("activity")[0]!.conversation!.messages as { content: string }[];
  expect(said.map(({ content }) => content)).toEqual([
    "What is our @Cem Can policy?",
    "28 days & more",
    "See the handbook\nor this (https://x.example)",
    "leave.pdf",
    "",
  ]);
});

test("a ts that is no time of Slack's leaves its message out, and nobody begins in 1970", async () => {
  const odd = [
    "1760000000",
    "1760000001.1",
    "1760000002.1234567",
    "1760000003.000100 ",
    "",
    undefined,
    1760000004.0001,
    "01760000005.000100",
    "0.1",
    "9999999999.000100",
  ];
  const { people, leftOut } = await tell([...conversation(), ...odd.map((ts) => ({ ...says("U3", 0, "hi"), ts }))]);
  expect([people, leftOut]).toEqual([["U1 Ann Alt", "U2 Ben Bach"], { "without a readable time": 10 }]);
});

test("what nobody said, and what Slack says of itself, is counted by its name", async () => {
  const subtypes = ["huddle_thread", "assistant_app_thread", "file_comment", "bot_add", "message_deleted"];
  const messages = [
    ...conversation(),
    { type: "message", ts: `${noon + 1}.000100`, text: "who?", ...thread },
    { type: "message", ts: `${noon + 2}.000100`, text: "null", user: null, ...thread },
    {
      type: "message",
      subtype: "bot_message",
      username: "hook",
      ts: `${noon + 3}.000100`,
      text: "webhook",
      bot_id: null,
      ...thread,
    },
    says("USLACKBOT", noon + 4, "reminder"),
    ...subtypes.map((subtype, i) => says("U2", noon + 10 + i, "hi", { subtype })),
  ];
  const { conversations, leftOut, total } = await tell(messages);
  expect(conversations).toEqual([plain]);
  expect(leftOut).toEqual({
    "without a speaker": 3,
    USLACKBOT: 1,
    ...Object.fromEntries(subtypes.map((one) => [`subtype ${one}`, 1])),
  });
  expect(total).toBe(messages.length);
});

test("a bot that users.json lacks is known by its profile, and a person's message that an app posted is theirs", async () => {
  const messages = [
    says("U2", noon, "from my phone", { ...thread, bot_id: "B55", app_id: "A55" }),
    {
      type: "message",
      user: "U0APP",
      bot_id: "B77",
      bot_profile: { id: "B77", name: "PolicyGPT" },
      ts: `${noon + 5}.000100`,
      text: "28 days",
      ...thread,
    },
    says("U0APP", noon + 6, "more", thread),
  ];
  const { conversations, people } = await tell(messages, {}, { bots: ["PolicyGPT=U1"] });
  expect(conversations).toEqual([
    "C1:1760000000.000100 U2 with U0APP, 6 s: U2 “from my phone”, twin “28 days”, twin “more”",
  ]);
  expect(people).toEqual(["U1 Ann Alt", "U2 Ben Bach"]);
  await expect(tell(messages.slice(1))).resolves.toMatchObject({ conversations: [] });
});

test("a bot known by its bot id is known by its user id", async () => {
  const messages = [
    ...conversation(),
    says("U3", noon + 20, "hi", inThread(noon + 20)),
    says("UB", noon + 25, "by user id only", inThread(noon + 20)),
  ];
  const { conversations } = await tell(messages, {}, { bots: ["B1=U2"] });
  expect(conversations).toEqual([plain, "C1:1760000020.000100 U3 with UB, 5 s: U3 “hi”, twin “by user id only”"]);
});

test("Slack's markup reads as text", async () => {
  const text =
    "<@UB> see <https://x.example|this> &amp; <#C1|general> :wave: <!here> <mailto:a@x.example|a@x.example> <@U404> <!subteam^S1|@team> <https://y.example>";
  const { conversations } = await tell([
    says("U2", noon, text, thread),
    answers(noon + 5, "&lt;b&gt; *bold* <#C1>", thread),
  ]);
  expect(conversations).toEqual([
    "C1:1760000000.000100 U2 with UB, 5 s: U2 “@AskGPT see this (https://x.example) & #general :wave: @here a@x.example @U404 @team https://y.example”, twin “<b> *bold* #general”",
  ]);
});

test("a stranger goes by the name that their last message gives", async () => {
  const profile = (real_name: string) => ({ user_profile: { real_name } });
  const { of } = await tell([
    says("U9", noon, "hi", { ...thread, ...profile("Guest") }),
    says("U9", noon + 60, "hi", { ...thread, ...profile("Guest Two") }),
    says("U8", noon + 61, "hi", thread),
    answers(noon + 70, "answer", thread),
  ]);
  expect(of("user").filter(({ external_id = "" }) => external_id > "U2")).toEqual([
    {
      type: "user",
      external_id: "U8",
      email: "U8@T1.slack.invalid",
      full_name: "U8",
      updated_at: "1970-01-01T00:00:00.000Z",
    },
    {
      type: "user",
      external_id: "U9",
      email: "U9@T1.slack.invalid",
      full_name: "Guest Two",
      updated_at: "2025-10-09T08:54:20.000Z",
    },
  ]);
});
