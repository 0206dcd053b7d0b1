import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, people, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

// What comes alone, over figures that are up to date, has every day computed that it changes, and no other record helps.
async function begin(...records: object[]) {
  const sender = await makeSender(application.db);
  const { org_id } = sender;
  const system: Actor = systemOf(org_id);
  const tell = async (...all: object[]) => {
    const { rejected, ...counts } = await sender.send(all, { now });
    expect(rejected).toEqual([]);
    await rollupOrganization(application.db, system, { now });
    expect(await differences(application.db, org_id, now)).toEqual([]);
    return counts;
  };
  const read = async (text: string) => (await database.pool.query({ text, values: [org_id], rowMode: "array" })).rows;
  await tell(...people, ...records);
  return { tell, read };
}

const talk = (started_at: string, extra: object = {}) => ({
  type: "activity",
  external_id: "talk",
  user: "u1",
  twin: "t1",
  activity_type: "conversation",
  platform: "slack",
  started_at,
  ...extra,
});
const message = (external_id: string, created_at: string, extra: object = {}) => ({
  type: "message",
  conversation: "talk",
  external_id,
  sender_type: "user",
  created_at,
  ...extra,
});
const visit = (started_at: string, ended_at: string | null, extra: object = {}) => ({
  type: "session",
  external_id: "visit",
  user: "u1",
  platform: "slack",
  started_at,
  ended_at,
  ...extra,
});

test("messages count under the platform that their conversation turns out to be on, whatever day they are of", async () => {
  const asked = talk("2026-03-02T10:00:00Z", { updated_at: "2026-03-02T10:00:00Z" });
  const { tell, read } = await begin(
    asked,
    message("m0", "2026-03-02T10:00:00Z"),
    message("m1", "2026-03-05T10:00:00Z"),
  );
  await tell({ ...asked, platform: "teams", updated_at: "2026-03-06T10:00:00Z" });
  expect(await read("select day::text, platform, user_messages from user_days where org_id = $1 order by 1")).toEqual([
    ["2026-03-02", "teams", 1],
    ["2026-03-05", "teams", 1],
  ]);
});

test("an activity whose session comes to be known is updated, and begins none of its own any more", async () => {
  const asked = talk("2026-03-04T10:00:00Z");
  const { tell, read } = await begin(asked, visit("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"));
  const sessions =
    "select metric_date::text, total_sessions from daily_metrics where org_id = $1 and total_sessions > 0";
  expect(await read(`${sessions} order by 1`)).toEqual([
    ["2026-03-02", 1],
    ["2026-03-04", 1],
  ]);
  expect(await tell({ ...asked, session: "visit" })).toMatchObject({ updated: 1, duplicates: 0 });
  expect(await read(sessions)).toEqual([["2026-03-02", 1]]);
});

test("a conversation begins with its user's earliest message, whichever came first and on whatever day", async () => {
  const { tell, read } = await begin(
    talk("2026-03-02T10:00:00Z"),
    message("m0", "2026-03-02T10:00:00Z", { sender_type: "twin" }),
    message("m2", "2026-03-09T10:00:00Z"),
  );
  const sessions = "select started_at::date::text, interaction_count from sessions where org_id = $1 order by 1";
  expect(await read(sessions)).toEqual([["2026-03-09", 1]]);
  await tell(message("m1", "2026-03-05T10:00:00Z"));
  expect(await read(sessions)).toEqual([
    ["2026-03-05", 1],
    ["2026-03-09", 0],
  ]);
});

test("a conversation that somebody else turns out to have begun makes no session where it was thought to begin", async () => {
  const { tell, read } = await begin(talk("2026-03-02T10:00:00Z"));
  const sessions = "select started_at::date::text, interaction_count from sessions where org_id = $1 order by 1";
  expect(await read(sessions)).toEqual([["2026-03-02", 1]]);
  await tell(message("m0", "2026-03-05T10:00:00Z", { user: "u2" }));
  expect(await read(sessions)).toEqual([["2026-03-05", 0]]);
});

test("of two messages of one time, the order that is told later decides who began the conversation", async () => {
  const asked = talk("2026-03-05T10:00:00Z");
  const both = "2026-03-02T10:00:00Z";
  const other = message("m1", both, { user: "u2", seq: 2, updated_at: "2026-03-05T10:00:00Z" });
  const { tell, read } = await begin(asked, message("m0", both, { user: "u1", seq: 1 }), other);
  const sessions = () =>
    read(`select s.started_at from sessions s join activities a on a.org_id = s.org_id and a.user_id = s.user_id
      where s.org_id = $1 order by 1`);
  expect(await sessions()).toHaveLength(2);
  // Somebody else was first, so its moment is where its user first wrote: nothing is left of its own day.
  await tell({ ...other, seq: 0, updated_at: "2026-03-06T10:00:00Z" });
  expect(await sessions()).toHaveLength(1);
});

test("what a session holds because it turns out to end later begins none of its own any more", async () => {
  const short = visit("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", { updated_at: "2026-03-02T11:00:00Z" });
  const { tell, read } = await begin(short, talk("2026-03-05T10:00:00Z"));
  const sessions =
    "select metric_date::text, total_sessions from daily_metrics where org_id = $1 and total_sessions > 0";
  expect(await read(`${sessions} order by 1`)).toEqual([
    ["2026-03-02", 1],
    ["2026-03-05", 1],
  ]);
  await tell({ ...short, ended_at: "2026-03-06T11:00:00Z", updated_at: "2026-03-06T11:00:00Z" });
  expect(await read(sessions)).toEqual([["2026-03-02", 1]]);
});
