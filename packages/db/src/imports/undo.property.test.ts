import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import { recordBatch } from "../records/ingest/record-batch.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { startImport } from "./runs.ts";
import { planUndo, undoImport } from "./undo.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

const instant = fc
  .integer({ min: 0, max: 6 * 96 })
  .map((quarter) => new Date(Date.parse("2026-03-05T00:00:00Z") + quarter * 900_000).toISOString());
const one = fc.integer({ min: 0, max: 2 });
const later = (at: string, minutes: number) => new Date(Date.parse(at) + minutes * 60_000).toISOString();

/** A world of records that never change: each with the places of those that it refers to. */
type Told = { record: Record<string, unknown>; needs: number[] };
const world = fc
  .record({
    people: fc.tuple(...[0, 1, 2].map(() => fc.option(instant, { nil: undefined }))),
    owners: fc.tuple(one, one, one),
    spells: fc.array(fc.record({ twin: one, at: fc.option(instant, { nil: undefined }) }), { maxLength: 2 }),
    sessions: fc.array(fc.record({ user: one, at: instant, minutes: fc.option(fc.nat(2_000), { nil: undefined }) }), {
      maxLength: 3,
    }),
    activities: fc.array(
      fc.record({
        user: one,
        twin: one,
        type: fc.constantFrom("query", "document", "shared", "conversation", "conversation"),
        platform: fc.constantFrom("slack", "web"),
        at: instant,
        isNamed: fc.boolean(),
        detail: fc.option(instant, { nil: undefined }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    messages: fc.array(
      fc.record({
        of: fc.nat(5),
        author: fc.option(one, { nil: undefined }),
        minutes: fc.integer({ min: -2_000, max: 2_000 }),
      }),
      {
        maxLength: 8,
      },
    ),
    features: fc.array(fc.record({ user: one, at: instant }), { maxLength: 3 }),
  })
  .map(({ people, owners, spells, sessions, activities, messages, features }) => {
    const told: Told[] = [];
    const tell = (record: Record<string, unknown>, ...needs: number[]) => told.push({ record, needs }) - 1;
    const users = people.map((created_at, n) =>
      tell({
        type: "user",
        external_id: `u${n}`,
        email: `u${n}@acme.example`,
        full_name: `Person ${n}`,
        ...(created_at && { created_at }),
      }),
    );
    const twins = owners.map((owner, n) =>
      tell({ type: "twin", external_id: `t${n}`, user: `u${owner}`, name: `Twin ${n}` }, users[owner]!),
    );
    for (const { twin, at } of spells) {
      if (told.some(({ record }) => record["type"] === "installation" && record["twin"] === `t${twin}`)) continue;
      tell(
        { type: "installation", twin: `t${twin}`, platform: "slack", ...(at && { installed_at: at }) },
        twins[twin]!,
      );
    }
    const stays = sessions.map(({ user, at, minutes }, n) => ({
      user,
      place: tell(
        {
          type: "session",
          external_id: `s${n}`,
          user: `u${user}`,
          platform: "web",
          started_at: at,
          ...(minutes !== undefined && { ended_at: later(at, minutes) }),
        },
        users[user]!,
      ),
    }));
    const talks: { place: number; at: string }[] = [];
    activities.forEach(({ user, twin, type, platform, at, isNamed, detail }, n) => {
      const session = isNamed ? stays.findIndex((stay) => stay.user === user) : -1;
      const place = tell(
        {
          type: "activity",
          external_id: `a${n}`,
          user: `u${user}`,
          twin: `t${twin}`,
          activity_type: type,
          platform,
          started_at: at,
          ...(session >= 0 && { session: `s${session}` }),
          ...(detail && type !== "conversation" && { [type]: { created_at: detail } }),
        },
        users[user]!,
        twins[twin]!,
        ...(session >= 0 ? [stays[session]!.place] : []),
      );
      if (type === "conversation") talks.push({ place, at });
    });
    messages.forEach(({ of, author, minutes }, n) => {
      const talk = talks[of % Math.max(talks.length, 1)];
      if (!talk) return;
      tell(
        {
          type: "message",
          external_id: `m${n}`,
          conversation: told[talk.place]!.record["external_id"],
          sender_type: n % 3 === 2 ? "twin" : "user",
          ...(n % 3 !== 2 && author !== undefined && { user: `u${author}` }),
          content: "Where is it?",
          token_count: 4,
          created_at: later(talk.at, minutes),
        },
        talk.place,
        ...(author === undefined ? [] : [users[author]!]),
      );
    });
    for (const { user, at } of features)
      tell({ type: "feature", user: `u${user}`, feature_name: "calendar_lookup", used_at: at }, users[user]!);
    return told;
  });

const who = ["api", "first", "second"] as const;
const deliveries = fc.array(
  fc.record({
    by: fc.constantFrom(...who),
    which: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    counted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);
type Deliveries = typeof deliveries extends fc.Arbitrary<infer T> ? T : never;

/** Records with all that they refer to, parents first. */
function closed(told: readonly Told[], which: readonly number[]): unknown[] {
  const wanted = new Set<number>();
  const add = (place: number) => {
    wanted.add(place);
    told[place]!.needs.forEach(add);
  };
  for (const one of which) add(one % told.length);
  return [...wanted].sort((a, b) => a - b).map((place) => told[place]!.record);
}

/** Lets those of `among` send what they send. @returns the numbers of the imports */
async function deliver(sender: Sender, told: readonly Told[], all: Deliveries, among: readonly string[]) {
  const actor = systemOf(sender.org_id);
  const run = { command: "import ndjson", source: "import" };
  const runs = {
    first: await startImport(application.db, actor, run),
    second: await startImport(application.db, actor, run),
  };
  for (const { by, which, counted } of all.filter((one) => among.includes(one.by))) {
    const records = closed(told, which);
    const options = { now, source: "import", ...(by !== "api" && { run: runs[by] }) };
    const { rejected } = await recordBatch(application.db, by === "api" ? sender.actor : actor, { records }, options);
    expect(rejected).toEqual([]);
    if (counted) await rollupOrganization(application.db, actor, { now });
  }
  return runs;
}

const contents = {
  users:
    "select email, created_at_source, case created_at_source when 'arrival' then null else created_at end as at from users where org_id = $1",
  twins:
    "select t.name, u.email from twins t left join users u on u.org_id = $1 and u.id = t.user_id where t.org_id = $1",
  installations:
    "select t.name, i.platform, i.installed_at, i.installed_at_known from twin_installations i join twins t on t.org_id = $1 and t.id = i.twin_id where i.org_id = $1",
  sessions:
    "select u.email, s.started_at, s.ended_at, s.is_derived, s.platform, s.interaction_count from sessions s join users u on u.org_id = $1 and u.id = s.user_id where s.org_id = $1",
  activities:
    "select u.email, t.name, a.activity_type, a.started_at, a.session_named, s.started_at as session, c.message_count, c.total_tokens from activities a join users u on u.org_id = $1 and u.id = a.user_id join twins t on t.org_id = $1 and t.id = a.twin_id left join sessions s on s.org_id = $1 and s.id = a.session_id left join conversations c on c.org_id = $1 and c.activity_id = a.id where a.org_id = $1",
  parts:
    "select a.started_at, d.title, q.query_type, x.created_at, o.email from activities a left join documents d on d.org_id = $1 and d.activity_id = a.id left join queries q on q.org_id = $1 and q.activity_id = a.id left join shared_twin_interactions x on x.org_id = $1 and x.activity_id = a.id left join users o on o.org_id = $1 and o.id = x.twin_owner_id where a.org_id = $1",
  messages:
    "select u.email, m.sender_type, m.created_at from messages m left join users u on u.org_id = $1 and u.id = m.user_id where m.org_id = $1",
  features:
    "select u.email, f.feature_name, f.used_at from feature_events f join users u on u.org_id = $1 and u.id = f.user_id where f.org_id = $1",
  names: "select kind, source, encode(key_hash, 'hex') from external_ids where org_id = $1",
};

async function contentOf({ org_id }: Sender): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [what, text] of Object.entries(contents)) {
    const { rows } = await database.pool.query({ text, values: [org_id], rowMode: "array" });
    found[what] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return found;
}

/** Takes an import back in pieces of `limit`, cut off after the transactions `cuts`; figures may follow in between. */
async function takeBack(
  sender: Sender,
  run: number,
  { limit, cuts }: { limit: number; cuts: number[] },
): Promise<void> {
  const actor = systemOf(sender.org_id);
  await rollupOrganization(application.db, actor, { now });
  const planned = await planUndo(application.db, actor, run);
  let done = 0;
  const gone: Record<string, number> = {};
  for (;;) {
    const cut = cuts.shift();
    const place = { left: cut ?? Infinity };
    try {
      const { run: ended } = await undoImport(application.db, actor, run, {
        now,
        limit,
        reached: async () => {
          if (++done % 5 === 0) await rollupOrganization(application.db, actor, { now });
          if (--place.left <= 0) throw new Error("cut off");
        },
      });
      Object.assign(gone, ended.undone);
      break;
    } catch (error) {
      expect((error as Error).message).toBe("cut off");
    }
  }
  expect(gone).toEqual(planned.going);
  await rollupOrganization(application.db, actor, { now });
  expect(await differences(application.db, sender.org_id, now)).toEqual([]);
}

test(
  "whatever others sent before and after, an import that is taken back leaves what would be there without it, and so does the next one",
  { timeout: 240_000 },
  async () => {
    const pieces = fc.record({
      limit: fc.integer({ min: 1, max: 6 }),
      cuts: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(world, deliveries, pieces, pieces, async (told, all, ...how) => {
        const sender = await makeSender(application.db, "Europe/Berlin");
        const runs = await deliver(sender, told, all, who);
        for (const [index, run] of [runs.first, runs.second].entries()) {
          await takeBack(sender, run, how[index]!);
          const without = await makeSender(application.db, "Europe/Berlin");
          await deliver(without, told, all, index === 0 ? ["api", "second"] : ["api"]);
          await rollupOrganization(application.db, systemOf(without.org_id), { now });
          expect(await contentOf(sender)).toEqual(await contentOf(without));
        }
        const { rows } = await database.pool.query("select from imported_rows where org_id = $1", [sender.org_id]);
        expect(rows).toEqual([]);
      }),
      { numRuns: process.env["FULL"] === "1" ? 100 : 15 },
    );
  },
);
