import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { sectionsOf } from "./sections.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const at = (minute: number) => new Date(Date.parse("2026-03-02T10:00:00Z") + minute * 60_000).toISOString();

/** Everything of one person, with a word in it that nobody else's things have. */
function everythingOf(user: string, own: string, other: string, word: string): unknown[] {
  const activity = (type: string, minute: number, twin: string, part: object) => ({
    type: "activity",
    external_id: `${user}-${minute}`,
    user,
    twin,
    activity_type: type,
    action_description: word,
    started_at: at(minute),
    platform: "slack",
    metadata: { word },
    ...part,
  });
  const said = (minute: number) => [
    { external_id: `${user}-m${minute}`, sender_type: "user", content: word, created_at: at(minute) },
    { external_id: `${user}-n${minute}`, sender_type: "twin", content: `${word}?`, created_at: at(minute + 1) },
  ];
  return [
    { type: "installation", twin: own, platform: "slack", workspace_name: word, installed_at: at(0) },
    { type: "session", external_id: `${user}-s`, user, platform: "web", started_at: at(0), user_agent: word },
    activity("conversation", 1, own, { conversation: { title: word, messages: said(1) } }),
    activity("conversation", 5, other, {
      shared: { interaction_purpose: word, interaction_summary: word, was_helpful: true },
      conversation: { title: word, topic: word, messages: said(5) },
    }),
    activity("query", 10, own, { query: { query_text: word, retrieved_info: word, sources: [{ word }] } }),
    activity("document", 20, own, { document: { title: word, content: word, created_at: at(21) } }),
    { type: "feature", user, feature_name: `used_by_${user}`, used_at: at(30), external_id: `${user}-f` },
  ];
}

let sender: Sender;
const ids: Record<string, string> = {};
beforeAll(async () => {
  sender = await makeSender(application.db);
  const other = await makeSender(application.db);
  for (const { send, org_id } of [sender, other]) {
    const records = [
      ...people,
      ...everythingOf("u1", "t1", "t2", "of Sarah"),
      ...everythingOf("u2", "t2", "t1", "of Mike"),
    ];
    expect((await send(records, { now })).rejected).toEqual([]);
    // In a year in which nothing else was done.
    await send([{ type: "feature", user: "u1", feature_name: "used_by_u1", used_at: "2024-07-01T09:00:00Z" }], { now });
    await rollupOrganization(application.db, systemOf(org_id), { now });
  }
  const { rows } = await database.pool.query("select id, n from users where org_id = $1", [sender.org_id]);
  for (const { id, n } of rows) ids[`u${n}`] = id;
});

async function copyOf(user: string): Promise<Record<string, Record<string, unknown>[]>> {
  const all: Record<string, Record<string, unknown>[]> = {};
  for (const { file, rows } of sectionsOf(application.db, systemOf(sender.org_id), ids[user]!)) {
    all[file] = [];
    for await (const row of rows()) all[file].push(row as Record<string, unknown>);
  }
  return all;
}

test("every file of a copy holds what is the person's, and of nobody else", async () => {
  const [sarah, mike] = [await copyOf("u1"), await copyOf("u2")];
  expect(Object.fromEntries(Object.entries(mike).map(([file, rows]) => [file, rows.length]))).toEqual({
    "person.json": 1,
    "twins.json": 1,
    // One that was sent; one that is derived with each twin.
    "sessions.json": 3,
    "activities.json": 4,
    "conversations.json": 2,
    "messages.json": 4,
    "documents.json": 1,
    "queries.json": 1,
    "shared_twin_interactions.json": 1,
    "feature_events.json": 1,
    "figures_by_day.json": 3,
    "figures_of_features.json": 5,
    "figures_by_month.json": 1,
  });
  expect(Object.keys(sarah)).toEqual(Object.keys(mike));
  for (const [file, rows] of Object.entries(sarah)) {
    const text = JSON.stringify(rows);
    expect(text, file).not.toMatch(/Mike|u2/);
    expect(JSON.stringify(mike[file]), file).not.toMatch(/Sarah|u1/);
    const theirs = new Set(mike[file]!.map(({ id }) => id));
    expect(
      rows.filter(({ id }) => id !== undefined && theirs.has(id)),
      file,
    ).toEqual([]);
  }
});

test("words come readable, and twins with how others used them and where they are installed", async () => {
  const sarah = await copyOf("u1");
  expect(sarah["messages.json"]!.map(({ content }) => content)).toEqual([
    "of Sarah",
    "of Sarah?",
    "of Sarah",
    "of Sarah?",
  ]);
  expect(sarah["documents.json"]).toMatchObject([{ title: "of Sarah", content: "of Sarah" }]);
  expect(sarah["queries.json"]).toMatchObject([
    { query_text: "of Sarah", retrieved_info: "of Sarah", sources: [{ word: "of Sarah" }] },
  ]);
  expect(sarah["shared_twin_interactions.json"]).toMatchObject([
    { interaction_purpose: "of Sarah", interaction_summary: "of Sarah", was_helpful: true },
  ]);
  expect(sarah["twins.json"]).toMatchObject([
    { name: "Sarah's Twin", asked_by_others: 1, installations: [{ workspace_name: "of Sarah" }] },
  ]);
});

test("figures of every year are there, also of one in which only a feature was used", async () => {
  const sarah = await copyOf("u1");
  expect(sarah["figures_of_features.json"]!.map(({ usage_date }) => usage_date)).toContain("2024-07-01");
});
