import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";

const database = useDatabase();
const app = useApplication(database);

const now = new Date("2026-11-20T12:00:00Z");
const person = (external_id: string, full_name = external_id) => ({
  type: "user",
  external_id,
  email: `${external_id}@x.example`,
  full_name,
  created_at: "2025-01-01T00:00:00Z",
});

test("a batch holds nobody whom it sends while it waits for somebody of its sessions, who comes before them in the order of ids", async () => {
  const sender = await makeSender(app.db);
  await sender.send([person("u0"), person("u1"), person("u2")], { now });
  const { rows } = await database.pool.query("select id, full_name from users where org_id = $1 order by id", [
    sender.org_id,
  ]);
  const [first, ...others] = rows as { id: string; full_name: string }[];
  const started_at = "2026-11-19T10:00:00Z";
  const session = { type: "session", external_id: "s", user: first!.full_name, platform: "web", started_at };
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("select from users where id = $1 for no key update", [first!.id]);
    const sent = sender.send([...others.map(({ full_name }) => person(full_name, "renamed")), session], { now });
    sent.catch(() => {});
    const waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await expect.poll(async () => (await database.pool.query(waits)).rowCount, { timeout: 10_000 }).toBeGreaterThan(0);
    const all = "select from users where org_id = $1 order by id for no key update nowait";
    expect((await other.query(all, [sender.org_id])).rowCount).toBe(3);
    await other.query("commit");
    expect((await sent).rejected).toEqual([]);
  } finally {
    await other.query("rollback");
    other.release();
  }
  const { rows: after } = await database.pool.query(
    "select full_name, last_active_at from users where org_id = $1 order by id",
    [sender.org_id],
  );
  expect(after.map(({ full_name }) => full_name)).toEqual([first!.full_name, "renamed", "renamed"]);
  expect(after[0].last_active_at).toEqual(new Date(started_at));
});
