import type pg from "pg";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { textOf } from "../postgres/statement.ts";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { makeActivity, makeMessages, makeOrganization, makePerson, type Person } from "../../test/rows.ts";
import { inTenant } from "../tenancy/actor.ts";
import { dueAmong } from "../archives/due.ts";
import { readHoldOn } from "../privacy/erasures/hold.ts";
import { readDue } from "../archives/summaries/due.ts";
import { isHeldActivity } from "./holds.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const at = "2026-03-02T10:00:00.000Z";
const window = {
  from: "2026-01-01T00:00:00.000Z",
  before: "2026-06-01T00:00:00.000Z",
  settled: "2026-06-01T00:00:00.000Z",
};

const share = (db: pg.Pool, id: string, by: Person, owner: Person, twin: Person) =>
  db.query(
    `insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [by.org_id, id, by.user_id, owner.user_id, twin.twin_id, at],
  );

/** What part the held person has in the conversation of `owner`, and nothing else of it. */
const parts: [string, (db: pg.Pool, owner: Person, held: Person) => Promise<string>][] = [
  ["owns the twin that was asked", (db, owner, { twin_id }) => makeActivity(db, { ...owner, twin_id }, at)],
  [
    "wrote in it",
    async (db, owner, held) => {
      const id = await makeActivity(db, owner, at);
      await makeMessages(db, held, id, [3]);
      return id;
    },
  ],
  [
    "is one of those whose words its summary holds",
    async (db, owner, held) => {
      const id = await makeActivity(db, owner, at);
      await db.query("update conversations set summary_author_ids = $2 where activity_id = $1", [
        id,
        [owner.user_id, held.user_id],
      ]);
      return id;
    },
  ],
  [
    "accessed the twin",
    async (db, owner, held) => {
      const id = await makeActivity(db, owner, at);
      await share(db, id, held, owner, owner);
      return id;
    },
  ],
  [
    "owned the twin when it was asked",
    async (db, owner, held) => {
      const id = await makeActivity(db, owner, at);
      await share(db, id, owner, held, owner);
      return id;
    },
  ],
];

let made = 0;
async function makePeople() {
  const org_id = await makeOrganization(database.pool, `held-${++made}`);
  await database.pool.query("select ensure_month('2026-03-01')");
  const people: Person[] = [];
  for (const name of ["owner", "held", "guest", "stranger"]) people.push(await makePerson(database.pool, org_id, name));
  return people as [Person, Person, Person, Person];
}

const isHeld = async (id: string, { user_id }: Person): Promise<boolean> =>
  (
    await database.pool.query<{ held: boolean }>(
      `select ${textOf(isHeldActivity(sql`a`, sql`$2::uuid[]`))} as held from activities a where a.id = $1`,
      [id, [user_id]],
    )
  ).rows[0]!.held;

const holdOn = async ({ org_id, user_id }: Person) =>
  inTenant(application.db, systemOf(org_id), (tx) => readHoldOn(tx, user_id));

/** Whether every gate lets go of a conversation while this person is held. */
const goes = ({ org_id }: Person, id: string, held: readonly string[]) =>
  inTenant(application.db, systemOf(org_id), async (tx) => {
    const purge = { cut: window.before, due: window, holds: { organization: false, user_ids: [...held] } };
    return {
      archived: (await dueAmong(tx, [id], purge)).has(id),
      summarised: (await readDue(tx, [id], purge)).length > 0,
    };
  });

test.each([
  [
    "did it with somebody's twin",
    (db: pg.Pool, { twin_id }: Person, held: Person) => makeActivity(db, { ...held, twin_id }, at),
  ] as const,
  ...parts,
])("whoever is held and %s keeps it from being archived and summarised", async (_, make) => {
  const [owner, held, guest, stranger] = await makePeople();
  const id = await make(database.pool, owner, held);
  await makeMessages(database.pool, guest, id, [1]);
  expect([await isHeld(id, held), await isHeld(id, stranger)]).toEqual([true, false]);
  expect(await goes(owner, id, [stranger.user_id])).toEqual({ archived: true, summarised: true });
  expect(await goes(owner, id, [stranger.user_id, held.user_id])).toEqual({ archived: false, summarised: false });
});

test.each(parts)("whoever is held and %s keeps its owner, and who wrote in it, from being erased", async (_, make) => {
  const [owner, held, guest, stranger] = await makePeople();
  const id = await make(database.pool, owner, held);
  await makeMessages(database.pool, guest, id, [1]);
  expect(await holdOn(owner)).toBeNull();
  await database.pool.query(
    `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), $2, 'r', $3, 't')`,
    [held.org_id, held.user_id, at],
  );
  expect(await Promise.all([owner, guest, held, stranger].map(holdOn))).toEqual([
    "conversation",
    "conversation",
    "person",
    null,
  ]);
});

test("an owner who is held keeps whoever wrote in their conversation from being erased", async () => {
  const [owner, , guest] = await makePeople();
  const id = await makeActivity(database.pool, owner, at);
  await makeMessages(database.pool, guest, id, [1]);
  await database.pool.query(
    `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), $2, 'r', $3, 't')`,
    [owner.org_id, owner.user_id, at],
  );
  expect(await holdOn(guest)).toBe("conversation");
});
