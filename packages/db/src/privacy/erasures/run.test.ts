import { beforeAll, expect, test } from "vitest";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { verifyOrganization } from "../../figures/verify.ts";
import { askErasure } from "./ask.ts";
import { eraseDue } from "./run.ts";
import { undoErasure } from "./undo.ts";
import type { Difference } from "../../figures/compare.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let sender: Sender;
let sarah: string;
const read = async (text: string) => (await database.pool.query(text, [sarah])).rows[0].found as number;
const words = () => read("select count(*)::int as found from messages where user_id = $1 and content is not null");
const there = () => read("select count(*)::int as found from users where id = $1");

beforeAll(async () => {
  sender = await makeSender(application.db, "Europe/Berlin");
  const talks = Array.from({ length: 6 }, (_, i) => conversation(`a${i}`, `2026-03-1${i}T10:00:00.000Z`));
  await sender.send([...people, ...talks], { now });
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  const { rows } = await database.pool.query("select id from users where org_id = $1 and n = 1", [sender.org_id]);
  sarah = rows[0].id;
});

test("grace is waited for, a hold keeps whom it is due, and nothing is destroyed that isn't in the ledger", async () => {
  const system = systemOf(sender.org_id);
  const email = "sarah.chen@acme.example";
  const due = (at: string, ledger = memoryLedger()) => eraseDue(application.db, system, { now: new Date(at), ledger });
  await askErasure(application.db, system, { user_id: sarah, email, reason: "left_company", immediately: false }, now);
  expect(await due("2026-04-19T21:59:59Z")).toEqual({ status: "done", erased: 0, held: 0 });
  await database.pool.query(
    `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), $2, 'r', $3, 't')`,
    [sender.org_id, sarah, now],
  );
  expect(await due("2026-04-20T00:00:00Z")).toEqual({ status: "done", erased: 0, held: 1 });
  expect([await there(), await words()]).toEqual([1, 12]);
  await database.pool.query("update legal_holds set lifted_at = $2, lifted_by = 't' where org_id = $1", [
    sender.org_id,
    now,
  ]);
  await undoErasure(application.db, system, { user_id: sarah }, now);

  await askAtOnce(application.db, sender.org_id, sarah, email, now);
  const broken = { ...memoryLedger(), append: () => Promise.reject(new Error("the disk is full")) };
  await expect(eraseDue(application.db, system, { now, ledger: broken })).rejects.toThrow("the disk is full");
  expect([await there(), await words()]).toEqual([1, 12]);
  await expect(undoErasure(application.db, system, { user_id: sarah }, now)).rejects.toMatchObject({
    code: "CONFLICT",
  });
});

test(
  "an erasure goes on beside batches, rollups and another worker, and figures end right",
  { timeout: 180_000 },
  async () => {
    const system = systemOf(sender.org_id);
    const ledger = memoryLedger();
    const late = (i: number) => ({
      type: "message",
      conversation: `a${i}`,
      external_id: "late",
      sender_type: "user",
      user: "u2",
      content: "May I?",
      created_at: `2026-03-1${i}T10:05:00.000Z`,
    });
    const outcomes = await Promise.all([
      ...[1, 2].map(() => eraseDue(application.db, system, { now, ledger, limit: 2 })),
      ...Array.from({ length: 6 }, (_, i) => sender.send([late(i)], { now })),
      ...Array.from({ length: 3 }, () => rollupOrganization(application.db, system, { now })),
    ]);
    expect(outcomes).toHaveLength(11);
    await rollupOrganization(application.db, system, { now });
    expect([await there(), await words()]).toEqual([0, 0]);
    const found: Difference[] = [];
    for await (const one of verifyOrganization(application.db, system, { now })) found.push(one);
    expect(found).toEqual([]);
    const { rows } = await database.pool.query(
      "select number, status from erasures where org_id = $1 and status <> 'undone'",
      [sender.org_id],
    );
    expect(rows).toEqual([{ number: 1, status: "erased" }]);
  },
);
