import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { makeActivity, makeOrganization, makePerson, makeSession, type Person } from "../../test/rows.ts";
import { inTenant } from "../tenancy/actor.ts";
import { dueAmong, readDueActivities, readDueFeatures } from "./due.ts";
import { floorId, mintId } from "../postgres/uuid-time.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const due = {
  from: "2026-03-01T00:00:00.000Z",
  before: "2026-04-01T00:00:00.000Z",
  settled: "2026-04-01T00:00:00.000Z",
};
const purgeWith = (user_ids: string[]) => ({ cut: due.before, due, holds: { organization: false, user_ids } });
const [before, inside, after] = ["2026-02-28T23:59:59.999Z", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00.000Z"];

let made = 0;
async function makeOne(): Promise<{ person: Person; id: string }> {
  const org_id = await makeOrganization(database.pool, `due-${++made}`);
  for (const month of ["2026-02-01", "2026-03-01", "2026-04-01"])
    await database.pool.query("select ensure_month($1)", [month]);
  const person = await makePerson(database.pool, org_id);
  return { person, id: await makeActivity(database.pool, person, "2026-03-31T12:00:00.000Z") };
}

const isDue = ({ org_id }: Person, id: string, held: string[] = []) =>
  inTenant(application.db, systemOf(org_id), async (tx) => (await dueAmong(tx, [id], purgeWith(held))).has(id));

/** A part of the activity that has a time of its own. */
const parts: [string, (person: Person, id: string, at: string) => Promise<unknown>][] = [
  [
    "message",
    ({ org_id, user_id }, id, at) =>
      database.pool.query(
        "insert into messages (org_id, conversation_id, id, user_id, sender_type, created_at) values ($1, $2, $3, $4, 'user', $5)",
        [org_id, id, mintId(Date.parse(at), "m"), user_id, at],
      ),
  ],
  [
    "message that only a summary tells of",
    ({ org_id }, id, at) =>
      database.pool.query(
        "update conversations set summarised_at = now(), summarised_until = $3, summary_keep = '1 month' where org_id = $1 and activity_id = $2",
        [org_id, id, at],
      ),
  ],
  [
    "document",
    ({ org_id, user_id }, id, at) =>
      database.pool.query("insert into documents (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)", [
        org_id,
        id,
        user_id,
        at,
      ]),
  ],
  [
    "query",
    ({ org_id, user_id }, id, at) =>
      database.pool.query("insert into queries (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)", [
        org_id,
        id,
        user_id,
        at,
      ]),
  ],
  [
    "shared use",
    ({ org_id, user_id, twin_id }, id, at) =>
      database.pool.query(
        "insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_id, created_at) values ($1, $2, $3, $4, $5)",
        [org_id, id, user_id, twin_id, at],
      ),
  ],
];

test.each(parts)(
  "an activity waits until its %s is old enough, too, and lies behind nothing that was sealed",
  async (_, make) => {
    const found: Record<string, boolean> = {};
    for (const at of [before, inside, after]) {
      const { person, id } = await makeOne();
      await make(person, id, at);
      found[at] = await isDue(person, id);
    }
    expect(found).toEqual({ [before]: false, [inside]: true, [after]: false });
  },
);

test("an activity waits until its session is out of sight of those that are derived", async () => {
  for (const [end, goes] of [
    ["2026-03-31T23:59:59.999Z", true],
    ["2026-04-01T00:00:00.000Z", false],
  ] as const) {
    const { person, id } = await makeOne();
    const session = await makeSession(database.pool, person, "2026-03-31T10:00:00.000Z", end);
    await database.pool.query("update activities set session_id = $2, session_named = true where id = $1", [
      id,
      session,
    ]);
    expect(await isDue(person, id)).toBe(goes);
  }
});

test("what a held person did stays, and the features that they used", async () => {
  const { person, id } = await makeOne();
  const other = await makePerson(database.pool, person.org_id);
  const features: Record<string, string> = {};
  for (const { user_id } of [person, other])
    for (const at of [before, inside, after]) {
      features[`${user_id} ${at}`] = mintId(Date.parse(at), user_id);
      await database.pool.query(
        "insert into feature_events (org_id, id, user_id, feature_name, used_at) values ($1, $2, $3, 'calendar_lookup', $4)",
        [person.org_id, features[`${user_id} ${at}`], user_id, at],
      );
    }
  const window = { after: floorId(Date.parse("2026-02-01")), before: floorId(Date.parse("2026-05-01")) };
  const read = (held: string[]) =>
    inTenant(application.db, systemOf(person.org_id), async (tx) => ({
      activities: [...(await readDueActivities(tx, window, purgeWith(held))).owners.keys()],
      features: await readDueFeatures(tx, window, purgeWith(held)),
    }));
  const [mine, others] = [features[`${person.user_id} ${inside}`]!, features[`${other.user_id} ${inside}`]!];
  expect(await read([])).toEqual({ activities: [id], features: [mine, others].sort() });
  expect(await read([person.user_id])).toEqual({ activities: [], features: [others] });
  expect(await read([other.user_id])).toEqual({ activities: [id], features: [mine] });
});
