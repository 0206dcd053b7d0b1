import { expect, test } from "vitest";
import { differences } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { hold, keep, liftHolds } from "../../test/lifecycle.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { runLifecycle, type RunOptions } from "./run.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

const days = Array.from({ length: 20 }, (_, index) => `2026-03-${String(index + 1).padStart(2, "0")}`);

/** Two people with a session that they named and one that is derived on each of twenty days of March; only sessions are short-lived. */
async function makeOrganization(): Promise<Sender> {
  const sender = await makeSender(application.db, "Europe/Berlin");
  await keep(database.pool, sender.org_id, "activities", 10, "year");
  await keep(database.pool, sender.org_id, "messages", 10, "year");
  await keep(database.pool, sender.org_id, "sessions", 30);
  const records = days.flatMap((day) => [
    conversation(day, `${day}T10:00:00.000Z`),
    { ...conversation(`${day}b`, `${day}T15:00:00.000Z`), user: "u2" },
    {
      type: "session",
      external_id: day,
      user: "u2",
      twin: "t2",
      platform: "slack",
      started_at: `${day}T08:00:00.000Z`,
      ended_at: `${day}T08:30:00.000Z`,
    },
  ]);
  const now = new Date("2026-03-21T12:00:00Z");
  expect((await sender.send([...people, ...records], { now })).rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  return sender;
}
const run = ({ org_id }: Sender, at: string, options: Omit<RunOptions, "now"> = {}) =>
  runLifecycle(application.db, systemOf(org_id), { now: new Date(at), ...options });
const sessionDays = async ({ org_id }: Sender, email: string): Promise<string[]> => {
  const { rows } = await database.pool.query<{ day: string }>(
    `select distinct (started_at at time zone 'Europe/Berlin')::date::text as day from sessions
     where org_id = $1 and user_id = (select id from users where org_id = $1 and email = $2) order by 1`,
    [org_id, email],
  );
  return rows.map(({ day }) => day);
};
const reports = async ({ org_id }: Sender) =>
  (
    await database.pool.query(
      "select data_type, status, reason, row_counts from lifecycle_runs where org_id = $1 order by id",
      [org_id],
    )
  ).rows;
const [sarah, mike] = ["sarah.chen@acme.example", "mike.johnson@acme.example"];

test("sessions go on the day that the policy names, with their names, and leave one report", async () => {
  const sender = await makeOrganization();
  expect((await run(sender, "2026-03-31T10:00:00Z")).steps).toContainEqual({ data_type: "sessions", status: "done" });
  expect(await reports(sender)).toEqual([]);
  // In Berlin it is 5 April: 6 March and later are kept.
  await run(sender, "2026-04-04T22:30:00Z");
  expect(await sessionDays(sender, mike)).toEqual(days.slice(5));
  expect(await sessionDays(sender, sarah)).toEqual(days.slice(5));
  expect(await reports(sender)).toEqual([
    { data_type: "sessions", status: "done", reason: null, row_counts: { sessions: 15 } },
  ]);
  const { rows } = await database.pool.query(
    "select count(*)::int as names from external_ids where org_id = $1 and kind = 'session'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ names: 15 }]);
  await run(sender, "2026-04-04T23:00:00Z");
  expect(await reports(sender)).toHaveLength(1);
  expect(await differences(application.db, sender.org_id, new Date("2026-04-04T23:00:00Z"))).toEqual([]);
});

test("a hold on a person keeps their sessions, a hold on the organisation all; lifted, they go", async () => {
  const sender = await makeOrganization();
  await hold(database.pool, sender.org_id, mike);
  await run(sender, "2026-05-10T10:00:00Z");
  expect(await sessionDays(sender, sarah)).toEqual([]);
  expect(await sessionDays(sender, mike)).toEqual(days);
  await hold(database.pool, sender.org_id);
  await run(sender, "2026-05-11T10:00:00Z");
  expect(await sessionDays(sender, mike)).toEqual(days);
  await liftHolds(database.pool, sender.org_id);
  await run(sender, "2026-05-12T10:00:00Z");
  expect(await sessionDays(sender, mike)).toEqual([]);
});

test("a hold on the organisation that comes once its days are sealed keeps what is left of them", async () => {
  const sender = await makeOrganization();
  await run(sender, "2026-05-10T10:00:00Z", {
    reached: async (place) => {
      if (place === "seal:advanced") await hold(database.pool, sender.org_id);
    },
  });
  expect(await sessionDays(sender, mike)).toEqual(days);
  await liftHolds(database.pool, sender.org_id);
  await run(sender, "2026-05-10T11:00:00Z");
  expect(await sessionDays(sender, mike)).toEqual([]);
});

test("a policy that became longer while the run was on its way is obeyed", async () => {
  const sender = await makeOrganization();
  await run(sender, "2026-05-10T10:00:00Z", {
    reached: async (place) => {
      if (place === "seal:advanced") await keep(database.pool, sender.org_id, "sessions", 60);
    },
  });
  expect((await sessionDays(sender, mike))[0]).toBe("2026-03-11");
});

test("what is cut off deletes nothing or all of a step, goes on with the next run, and its report tells the truth", async () => {
  const sender = await makeOrganization();
  const lost = (at: string) => ({
    reached: (place: string) => {
      if (place === at) throw new Error("cut off");
    },
  });
  await expect(run(sender, "2026-05-10T10:00:00Z", lost("sessions:deleted"))).rejects.toThrow("cut off");
  expect(await sessionDays(sender, mike)).toEqual(days);
  expect(await reports(sender)).toMatchObject([{ status: "failed", reason: "cut off", row_counts: {} }]);
  await expect(run(sender, "2026-05-10T11:00:00Z", lost("sessions:committed"))).rejects.toThrow("cut off");
  expect((await reports(sender))[1]).toMatchObject({ status: "failed", row_counts: { sessions: 60 } });
  await run(sender, "2026-05-10T12:00:00Z");
  expect(await reports(sender)).toHaveLength(2);
});

test("one run of an organisation works at a time", async () => {
  const sender = await makeOrganization();
  const outcomes: string[] = [];
  await run(sender, "2026-05-10T10:00:00Z", {
    reached: async (place) => {
      if (place === "seal:advanced") outcomes.push((await run(sender, "2026-05-10T10:00:00Z")).status);
    },
  });
  expect(outcomes).toEqual(["busy"]);
});

test("months that are empty for every organisation are dropped, the others stay", async () => {
  const [sender, other] = [await makeSender(application.db), await makeSender(application.db)];
  await keep(database.pool, sender.org_id, "activities", 10, "year");
  await keep(database.pool, sender.org_id, "messages", 10, "year");
  const now = new Date("2026-01-21T12:00:00Z");
  for (const one of [sender, other])
    await one.send([...people, conversation("x", "2026-01-15T10:00:00.000Z")], { now });
  const { dropped } = await run(sender, "2026-07-10T10:00:00Z");
  expect(dropped).toEqual(expect.arrayContaining(["sessions_2026_01", "documents_2026_01"]));
  expect(dropped).not.toContain("activities_2026_01");
  // The other one's session is derived only now, and its month made again.
  await rollupOrganization(application.db, systemOf(other.org_id), { now: new Date("2026-07-10T10:00:00Z") });
  expect(await differences(application.db, other.org_id, new Date("2026-07-10T10:00:00Z"))).toEqual([]);
});
