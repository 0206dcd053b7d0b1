import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { hold, keep, liftHolds } from "../../../test/lifecycle.ts";
import { due, mike, sarah, sentAt, talk, useSummaries } from "../../../test/summarising.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { planLifecycle } from "../plan.ts";
import type { RunOptions } from "../run.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const { makeOrganization, run, stored, detailOf, leftOf, reports, figures } = useSummaries(database, application);

test("conversations older than the policy become a summary: counts, topic and every figure stay, messages go", async () => {
  const sender = await makeOrganization();
  const before = await figures(sender);
  // A first run seals; planned is what the next one takes.
  await run(sender, due, { summarise: null });
  const planned = await planLifecycle(application.db, systemOf(sender.org_id), { at: "now" }, due);
  expect(planned.steps.find(({ data_type }) => data_type === "messages")!.going).toMatchObject({
    tables: { messages: 7 },
    first_day: "2026-03-02",
    last_day: "2026-03-04",
  });
  await run(sender);
  expect(await figures(sender)).toEqual(before);
  const kept = { summarised_at: null, summarised_until: null, summary_keep: null, authors: null };
  const gone = { left: 0, summarised_at: due, summary_keep: "60 day" };
  expect(await stored(sender)).toMatchObject({
    plain: {
      ...gone,
      message_count: 2,
      total_tokens: 14,
      summarised_until: new Date("2026-03-02T10:01:00Z"),
      authors: null,
    },
    joined: { ...gone, message_count: 3, total_tokens: 21, authors: [mike] },
    silent: { ...gone, message_count: 2, authors: null },
    lively: { ...kept, left: 2, message_count: 2 },
    "never begun": { ...kept, left: 0, message_count: 0 },
    young: { ...kept, left: 1, message_count: 1 },
  });
  expect(await reports(sender)).toEqual([
    { status: "refused", row_counts: {}, details: {} },
    { status: "done", row_counts: { messages: 7 }, details: { summarised: 3, by_model: 0 } },
  ]);
  await run(sender);
  expect(await reports(sender)).toHaveLength(2);
  expect(await differences(application.db, sender.org_id, due)).toEqual([]);
});

test("a summary is withheld like the words it is made of, and says by which policy", async () => {
  const sender = await makeOrganization();
  await run(sender);
  const facts = {
    topic: "plans",
    message_count: 3,
    messages_gone: 3,
    messages: [],
    summarised_at: due.toISOString(),
    summarised_after: { count: 60, unit: "day" },
    summary_model: null,
  };
  expect(await detailOf(sender, "joined")).toMatchObject({ ...facts, summary: null });
  const told = "twin: Shall I begin?\nuser: Mike here: yes.\nuser: Yes.";
  expect(await detailOf(sender, "joined", "Ticket 1")).toMatchObject({
    ...facts,
    summary: told,
    summary_length: told.length,
  });
  expect(await detailOf(sender, "silent", "Ticket 1")).toMatchObject({
    summary: null,
    summary_length: 0,
    messages_gone: 2,
  });
  expect(await detailOf(sender, "young")).toMatchObject({
    summarised_at: null,
    messages_gone: 0,
    summarised_after: null,
  });
  const { rows } = await database.pool.query(
    "select summary from conversations where org_id = $1 and summary is not null",
    [sender.org_id],
  );
  expect(rows.some(({ summary }) => (summary as Buffer).includes("Mike"))).toBe(false);
});

test("cut off anywhere, no word is lost, and the next run ends as if nothing had happened", async () => {
  const sender = await makeOrganization();
  const words = { plain: "A move.", joined: "Mike here: yes." };
  for (const place of ["read", "summarised", "stored", "deleted", "committed"]) {
    const cut = run(sender, due, {
      reached: (at) => {
        if (at === `messages:${place}`) throw new Error("cut off");
      },
    });
    await expect(cut).rejects.toThrow("cut off");
    expect(await leftOf(sender)).toMatchObject(
      place === "committed" ? { plain: 0, joined: 0 } : { plain: 2, joined: 3 },
    );
    for (const [title, word] of Object.entries(words)) {
      const { summary, messages } = await detailOf(sender, title, "Ticket 1");
      expect([summary, ...messages.map(({ content }) => content)].join()).toContain(word);
      expect(summary === null).toBe(place !== "committed");
    }
  }
  await run(sender);
  expect(await reports(sender)).toEqual([
    ...Array.from({ length: 4 }, () => ({ status: "failed", row_counts: {}, details: {} })),
    { status: "failed", row_counts: { messages: 7 }, details: { summarised: 3, by_model: 0 } },
  ]);
});

test("a message that comes late stays beside the summary until it is due itself, then one summary tells of both", async () => {
  const sender = await makeOrganization();
  await run(sender);
  const message = (external_id: string, by: string, at: string, content: string) => ({
    type: "message",
    conversation: "joined",
    external_id,
    sender_type: by === "twin" ? "twin" : "user",
    ...(by !== "twin" && { user: by }),
    content,
    token_count: 7,
    created_at: at,
  });
  // The twin speaks first among what is left: whose conversation it was must not be judged by that.
  const { accepted, rejected } = await sender.send(
    [
      message("late-1", "twin", "2026-05-12T10:00:00.000Z", "It is done."),
      message("late-2", "u1", "2026-05-12T11:00:00.000Z", "Thank you."),
      message("joined-1", "u2", "2026-03-03T10:05:00.000Z", "Mike here: yes."),
    ],
    { now: due },
  );
  expect({ accepted, rejected }).toMatchObject({ accepted: 2, rejected: [{ index: 2, code: "TOO_OLD" }] });
  await rollupOrganization(application.db, systemOf(sender.org_id), { now: due });
  expect(await differences(application.db, sender.org_id, due)).toEqual([]);
  const { rows } = await database.pool.query(
    "select interaction_count as n from sessions where org_id = $1 and started_at >= '2026-05-12'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ n: 0 }]);

  await run(sender, new Date("2026-05-20T10:00:00Z"));
  expect(await detailOf(sender, "joined", "Ticket 1")).toMatchObject({
    summary: expect.stringMatching(/Mike here: yes\.\nuser: Yes\.$/),
    message_count: 5,
    messages_gone: 3,
    messages: [{ content: "It is done." }, { content: "Thank you." }],
  });
  // A hold keeps the summary with Mike's words as it is.
  await hold(database.pool, sender.org_id, mike);
  await run(sender, new Date("2026-08-01T09:00:00Z"));
  expect(await leftOf(sender)).toMatchObject({ joined: 2 });
  await liftHolds(database.pool, sender.org_id);
  await run(sender, new Date("2026-08-01T10:00:00Z"));
  expect(await detailOf(sender, "joined", "Ticket 1")).toMatchObject({
    summary: expect.stringMatching(/Mike here: yes\.\nuser: Yes\.\ntwin: It is done\.\nuser: Thank you\.$/),
    message_count: 5,
    messages_gone: 5,
    messages: [],
  });
  expect((await stored(sender))["joined"]!.authors).toEqual([mike]);
  expect(await differences(application.db, sender.org_id, new Date("2026-08-01T10:00:00Z"))).toEqual([]);
});

test("what a held person has part in stays, and an organisation on hold keeps all", async () => {
  const sender = await makeOrganization();
  await hold(database.pool, sender.org_id, mike);
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ plain: 0, joined: 3, silent: 0 });
  await liftHolds(database.pool, sender.org_id);
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ joined: 0 });
  const other = await makeOrganization();
  await hold(database.pool, other.org_id);
  await run(other);
  expect(await leftOf(other)).toMatchObject({ plain: 2, joined: 3, silent: 2 });
});

test("nothing of a person who is about to be erased is summarised before that is over or taken back", async () => {
  const sender = await makeOrganization();
  const mark = (at: string | null) =>
    database.pool.query("update users set deleted_at = $2 where org_id = $1 and email = $3", [sender.org_id, at, mike]);
  await mark("2026-05-01");
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ plain: 0, joined: 3 });
  await mark(null);
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ joined: 0 });
});

test("an erased author's words enter no summary", async () => {
  const sender = await makeOrganization();
  await database.pool.query(
    `update messages set user_id = null, content = null
     where org_id = $1 and user_id = (select id from users where org_id = $1 and email = $2)`,
    [sender.org_id, mike],
  );
  expect((await detailOf(sender, "joined")).messages.map(({ is_erased }) => is_erased)).toEqual([false, true, false]);
  await run(sender);
  expect(await detailOf(sender, "joined", "Ticket 1")).toMatchObject({ summary: "twin: Shall I begin?\nuser: Yes." });
  expect((await stored(sender))["joined"]!.authors).toBeNull();
});

test("words that changed, and policies that became longer, while a summary was being made leave the messages alone", async () => {
  const sender = await makeOrganization();
  const meanwhile = (change: () => Promise<unknown>): Partial<RunOptions> => ({
    reached: async (place) => {
      if (place === "messages:summarised") await change();
    },
  });
  await run(
    sender,
    due,
    meanwhile(() => keep(database.pool, sender.org_id, "messages", 200)),
  );
  expect(await leftOf(sender)).toMatchObject({ plain: 2, joined: 3 });
  await keep(database.pool, sender.org_id, "messages", 60);
  await run(
    sender,
    due,
    meanwhile(() =>
      database.pool.query(
        `update messages set user_id = null, content = null where org_id = $1 and sender_type = 'user'
         and user_id = (select id from users where org_id = $1 and email = $2)`,
        [sender.org_id, sarah],
      ),
    ),
  );
  expect(await leftOf(sender)).toMatchObject({ plain: 2, joined: 3 });
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ plain: 0, joined: 0 });
  expect(await detailOf(sender, "joined", "Ticket 1")).toMatchObject({
    summary: "twin: Shall I begin?\nuser: Mike here: yes.",
  });
});

test("a conversation of many thousand messages goes in pieces, each told of by the one summary", async () => {
  const sender = await makeOrganization([
    talk("long", "02", [{ at: "03-02T10:00:00", text: "The one line with words." }]),
  ]);
  await database.pool.query(
    `with one as (select * from messages where org_id = $1), more as (
       insert into messages (org_id, conversation_id, id, user_id, sender_type, created_at)
       select org_id, conversation_id, uuid_floor(t), user_id, sender_type, t
       from one, lateral (select created_at + no * interval '1 millisecond' as t from generate_series(1, 5999) no) n
     )
     insert into ops.dirty_log (org_id, day, n, received_at) values ($1, '2026-03-02', 1, '2026-05-05')`,
    [sender.org_id],
  );
  await rollupOrganization(application.db, systemOf(sender.org_id), { now: sentAt });
  const cut = run(sender, due, {
    reached: (place) => {
      if (place === "messages:committed") throw new Error("cut off");
    },
  });
  await expect(cut).rejects.toThrow("cut off");
  const half = await detailOf(sender, "long", "Ticket 1");
  expect(half).toMatchObject({ message_count: 6_000, messages_gone: 5_000 });
  await run(sender, due, { summarise: () => Promise.reject(new Error("was summarised already")) });
  const whole = await detailOf(sender, "long", "Ticket 1");
  expect(whole).toMatchObject({ message_count: 6_000, messages_gone: 6_000, summary: half.summary });
  expect(await differences(application.db, sender.org_id, due)).toEqual([]);
});
