import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../actor.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { verifyOrganization } from "../../figures/verify.ts";
import type { Difference } from "../../figures/compare.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-20T12:00:00Z");
let sender: Sender;
let system: Actor;

beforeAll(async () => {
  sender = await makeSender(application.db, "Europe/Berlin");
  system = systemOf(sender.org_id);
  await send([...people, conversation("a1", "2026-03-02T10:00:00.000Z")]);
});

async function send(records: unknown[]): Promise<void> {
  const answer = await sender.send(records, { now });
  expect(answer.rejected).toEqual([]);
  await rollupOrganization(application.db, system, { now });
}

async function verify(): Promise<Difference[]> {
  const found: Difference[] = [];
  for await (const difference of verifyOrganization(application.db, system, { now })) found.push(difference);
  return found;
}

async function reach(): Promise<number> {
  const { rows } = await database.pool.query("select reach_days from organizations where id = $1", [sender.org_id]);
  return rows[0].reach_days;
}

test("what lies near its activity leaves the reach at a day", async () => {
  expect(await reach()).toBe(1);
});

test.each([
  [
    "a word said weeks later",
    "2026-03-29",
    { user_messages: 1 },
    {
      type: "message",
      conversation: "a1",
      external_id: "late",
      sender_type: "user",
      created_at: "2026-03-29T10:00:00Z",
    },
  ],
  [
    "a document finished in another month",
    "2026-05-20",
    { documents: 1 },
    {
      type: "activity",
      external_id: "d1",
      user: "u1",
      twin: "t1",
      activity_type: "document",
      started_at: "2026-03-03T10:00:00Z",
      platform: "web",
      document: { title: "Offer", created_at: "2026-05-20T10:00:00Z" },
    },
  ],
])("%s moves it, and is counted on its own day", async (_what, day, counts, record) => {
  const before = await reach();
  await send([record]);
  expect(await reach()).toBeGreaterThan(before);
  const { rows } = await database.pool.query(
    "select user_messages, documents from user_days where org_id = $1 and day = $2",
    [sender.org_id, day],
  );
  expect(rows).toEqual([expect.objectContaining(counts)]);
  expect(await verify()).toEqual([]);
});

test("verify names a reach that leaves rows out", async () => {
  await database.pool.query("update organizations set reach_days = 1 where id = $1", [sender.org_id]);
  expect(await verify()).toContainEqual({
    table: "organizations",
    key: {},
    column: "reach_days",
    stored: 1,
    recomputed: 78,
  });
});
