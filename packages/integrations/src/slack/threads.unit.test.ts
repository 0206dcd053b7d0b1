import { expect, test } from "vitest";
import {
  ann,
  answers,
  askGpt,
  bot,
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

test("a thread whose parent was deleted starts with it, and is whose Slack says, or else who speaks first", async () => {
  const gone = {
    type: "message",
    subtype: "tombstone",
    user: "USLACKBOT",
    text: "This message was deleted.",
    reply_count: 2,
    ts: `${noon}.000100`,
    ...thread,
  };
  const replies = (more: object) => [
    says("U3", noon + 10, "reply", { ...thread, ...more }),
    answers(noon + 15, "answer", { ...thread, ...more }),
  ];
  const { conversations, of, leftOut } = await tell([gone, ...replies({})]);
  expect(conversations).toEqual(["C1:1760000000.000100 U3 with UB, 15 s: U3 “reply”, twin “answer”"]);
  expect(of("activity")[0]).toMatchObject({ started_at: "2025-10-09T08:53:20.000Z" });
  expect(leftOut).toEqual({ "subtype tombstone": 1 });
  expect((await tell([gone, ...replies({ parent_user_id: "U2" })])).conversations[0]).toMatch(/U2 with UB/);
  expect((await tell([gone, ...replies({ parent_user_id: "USLACKBOT" })])).conversations[0]).toMatch(/U3 with UB/);
});

test("a thread whose parent lies outside has no end, and one that began more than 366 days before is counted", async () => {
  const reply = (at: number) => [
    says("U3", noon + 10, "reply", inThread(at)),
    answers(noon + 15, "answer", inThread(at)),
  ];
  const { conversations } = await tell(reply(noon - 366 * 86_400 + 10));
  expect(conversations).toEqual(["C1:1728377610.000100 U3 with UB, open: U3 “reply”, twin “answer”"]);
  const { conversations: none, leftOut } = await tell(reply(noon - 366 * 86_400 + 9));
  expect([none, leftOut]).toEqual([[], { too_long: 2 }]);
});

test("a thread whose beginning nobody told is whose first message is there, in whatever order they stand", async () => {
  const messages = [
    says("U3", noon + 20, "me too", thread),
    answers(noon + 15, "answer", thread),
    says("U2", noon + 10, "first", thread),
    says("U3", noon + 30, "thanks", thread),
  ];
  for (const order of [messages, messages.toReversed()]) {
    const { of } = await tell(order);
    expect(of("activity").map(({ user }) => user)).toEqual(["U2"]);
  }
});

test("an answer alone is a conversation of whoever began the thread", async () => {
  const { conversations, people } = await tell([answers(noon + 5, "answer", { ...thread, parent_user_id: "U3" })]);
  expect(conversations).toEqual(["C1:1760000000.000100 U3 with UB, open: twin “answer”"]);
  expect(people).toEqual(["U1 Ann Alt", "U3 Cem Can"]);
});

test("what people say to each other is left out and counted, and a silent bot is no twin yet", async () => {
  const messages = [
    says("U2", noon, "hi", { ...thread, bot_id: "B55" }),
    says("U3", noon + 5, "hi", thread),
    says("U3", noon + 50, "hello"),
  ];
  const { conversations, twins, leftOut } = await tell(messages);
  expect([conversations, twins, leftOut]).toEqual([[], [], { without_named_bot: 3 }]);
});

test("the first named bot is the twin; another named one's messages say whose they are, other bots' are counted", async () => {
  const bots = [bot("UC", "Poll", "B2"), bot("UD", "GitHub", "B3")];
  const messages = [
    answers(noon - 1, "alone", { bot_id: "B1" }),
    says("U2", noon, "hi", thread),
    answers(noon + 3, "merged", { ...thread, bot_id: "B3" }),
    answers(noon + 4, "vote", { ...thread, bot_id: "B2" }),
    answers(noon + 5, "answer", thread),
  ];
  const { conversations, leftOut, total } = await tell(
    messages,
    { "users.json": [...users, ...bots] },
    { bots: ["AskGPT=U1", "Poll=U2"] },
  );
  expect(conversations).toEqual(["C1:1760000000.000100 U2 with UC, 5 s: U2 “hi”, twin “vote”, AskGPT “answer”"]);
  expect([leftOut, total]).toEqual([{ "by other bots": 1, without_person: 1 }, 5]);
});

const direct = { "dms.json": [{ id: "D1", members: ["U2", "UB"] }] };

test("a direct message with a named bot is a conversation a UTC day, threads in it apart", async () => {
  const asked = (at: number, n: number) => [
    says("U2", at, `question ${n}`),
    says("UB", at + 4, `answer ${n}`, { bot_id: "B1" }),
  ];
  const { conversations, of } = await tell(conversation(), {
    ...direct,
    "D1/2025-10-09.json": [
      ...asked(noon, 0),
      ...asked(noon + 60, 1),
      ...conversation(noon + 90),
      says("U2", noon + 86_400, "unanswered"),
    ],
  });
  expect(conversations).toEqual(
    [
      plain,
      "D1:1760000090.000100 U2 with UB, 5 s: U2 “hi”, twin “answer”",
      "D1:2025-10-09 U2 with UB, 64 s: U2 “question 0”, twin “answer 0”, U2 “question 1”, twin “answer 1”",
      "D1:2025-10-10 U2 with UB, 0 s: U2 “unanswered”",
    ].toSorted((a, b) => conversations.indexOf(a) - conversations.indexOf(b)),
  );
  expect(of("activity").find(({ external_id }) => external_id === "D1:2025-10-09")?.started_at).toBe(
    "2025-10-09T08:53:20.000Z",
  );
});

test("a day of direct messages begins at midnight UTC", async () => {
  const midnight = Date.parse("2025-10-09T00:00:00Z") / 1000;
  const said = [-60, 60, 43_000, 44_000, 86_300, 86_460].flatMap((at) => [says("U2", midnight + at, "question")]);
  const { of } = await tell(conversation(), { ...direct, "D1/2025-10-09.json": said });
  const days = of("activity").filter(({ external_id }) => external_id.startsWith("D1:"));
  expect(days.map(({ external_id, conversation: of }) => [external_id, of?.messages?.length]).sort()).toEqual([
    ["D1:2025-10-08", 1],
    ["D1:2025-10-09", 4],
    ["D1:2025-10-10", 1],
  ]);
});

test("a thread with an assistant starts with it and is the person's", async () => {
  const opened = {
    type: "message",
    subtype: "assistant_app_thread",
    user: "UB",
    bot_id: "B1",
    ts: `${noon}.000100`,
    text: "New Assistant Thread",
    ...thread,
  };
  const { conversations, leftOut } = await tell([], {
    "channels.json": [],
    ...direct,
    "D1/2025-10-09.json": [
      opened,
      says("U2", noon + 3, "how many days?", thread),
      says("UB", noon + 6, "28", { ...thread, bot_id: "B1" }),
    ],
  });
  expect(conversations).toEqual(["D1:1760000000.000100 U2 with UB, 6 s: U2 “how many days?”, twin “28”"]);
  expect(leftOut).toEqual({ "subtype assistant_app_thread": 1 });
});

test("a company with three bots and one twin is one installation and the conversations with it", async () => {
  const names = Array.from({ length: 11 }, (_, i) => person(`U${i + 2}`, `Person ${i + 2}`));
  const bots = [askGpt, bot("UG", "GitHub", "BG"), bot("UJ", "Jira", "BJ")];
  const asked = names
    .slice(0, 6)
    .flatMap((one, i) => [
      says(one.id, noon + i * 60, "hi", inThread(noon + i * 60)),
      answers(noon + i * 60 + 5, "answer", inThread(noon + i * 60)),
    ]);
  const noise = Array.from({ length: 40 }, (_, i) =>
    answers(noon + 1_000 + i, "built", { bot_id: i % 2 ? "BG" : "BJ" }),
  );
  const chat = names.map((one, i) => says(one.id, noon + 5_000 + i, "lunch?"));
  const { of, leftOut } = await tell([...asked, ...noise, ...chat], { "users.json": [ann, ...names, ...bots] });
  expect([of("activity").length, of("twin").length, of("installation").length]).toEqual([6, 1, 1]);
  expect(new Set(of("activity").map(({ user }) => user)).size).toBe(6);
  expect(leftOut).toEqual({ without_named_bot: 51 });
});

test("a long thread goes on in messages of their own", async () => {
  const long = Array.from({ length: 1_200 }, (_, i) => says("U2", noon + i, "x", thread));
  const { of } = await tell([...long, answers(noon + 2_000, "answer", thread)]);
  expect(of("activity")[0]!.conversation!.messages).toHaveLength(500);
  expect(of("message")).toHaveLength(701);
  expect(of("message")[0]).toMatchObject({
    conversation: "C1:1760000000.000100",
    external_id: `C1:${noon + 500}.000100`,
  });
});
