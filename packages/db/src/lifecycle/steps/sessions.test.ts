import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { keep } from "../../../test/lifecycle.ts";
import { makeActivity, makeOrganization, makePerson, makeSession } from "../../../test/rows.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { type StepContext } from "../step.ts";
import { sessionsStep } from "./sessions.ts";
import { inPurge } from "../../policies/purge.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-01T12:00:00Z");
// The days before 20 March are sealed: what is derived looks back to 18 March.
const [begin, sight] = ["2026-03-17T23:00:00.000Z", "2026-03-18T00:00:00.000Z"];
const context: StepContext = {
  now,
  signal: new AbortController().signal,
  reached: () => {},
  summarise: null,
  archive: null,
};

async function makePeople() {
  const org_id = await makeOrganization(database.pool, `sessions-${++made}`);
  await database.pool.query("select ensure_month('2026-03-01')");
  await keep(database.pool, org_id, "sessions", 1);
  await database.pool.query(
    "update organizations set sealed_from = '2026-03-01', sealed_before = '2026-03-20', reach_days = 3 where id = $1",
    [org_id],
  );
  return makePerson(database.pool, org_id);
}
let made = 0;

/** What is planned to go, and what is left once it went. */
async function run(org_id: number): Promise<{ planned: number; left: string[] }> {
  const planned = await inPurge(application.db, systemOf(org_id), "sessions", now, (tx, purge) =>
    sessionsStep.plan(tx, purge),
  );
  await sessionsStep.run(application.db, systemOf(org_id), context);
  const left = await inTenant(application.db, systemOf(org_id), (tx) =>
    tx.query<{ id: string }>({ text: "select id from sessions where org_id = $1 order by id", values: [org_id] }),
  );
  return { planned: planned!.tables["sessions"] ?? 0, left: left.map(({ id }) => id) };
}

test("a session goes once it is over before what is derived looks back to, however early it began", async () => {
  const person = await makePeople();
  await makeSession(database.pool, person, begin, "2026-03-17T23:59:59.999Z");
  const long = await makeSession(database.pool, person, begin, sight);
  expect(await run(person.org_id)).toEqual({ planned: 1, left: [long] });
});

test("a session that a later activity names stays as long as that is looked at", async () => {
  const person = await makePeople();
  const make = async (at: string, session_named: boolean) => {
    const session = await makeSession(database.pool, person, begin);
    const activity = await makeActivity(database.pool, person, at);
    await database.pool.query("update activities set session_id = $2, session_named = $3 where id = $1", [
      activity,
      session,
      session_named,
    ]);
    return session;
  };
  await make("2026-03-17T23:59:59.999Z", true);
  await make(sight, false);
  const named = await make(sight, true);
  expect(await run(person.org_id)).toEqual({ planned: 2, left: [named] });
});
