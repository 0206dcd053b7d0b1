import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { textOf } from "../../postgres/statement.ts";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import {
  makeActivity,
  makeMessages,
  makeOrganization,
  makePerson,
  makeSession,
  type Person,
} from "../../../test/rows.ts";
import { isUsedByOthers } from "../../people/authorship.ts";
import { readPrivacy } from "./privacy.ts";
import { eraseDue } from "./run.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const at = (minute: number) => new Date(Date.parse("2026-03-02T10:00:00Z") + minute * 60_000).toISOString();
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;

/** Four people, each with a twin; the first one leaves. */
async function makeOffice() {
  const sender = await makeSender(application.db);
  const names = ["lea", "ann", "bob", "cem"] as const;
  const records = names.flatMap((name) => [
    { type: "user", external_id: name, email: `${name}@acme.example`, full_name: name },
    { type: "twin", external_id: `${name}-twin`, user: name, name: `${name}'s Twin` },
  ]);
  await sender.send(records, { now });
  const people = await read("select id, full_name from users where org_id = $1", sender.org_id);
  const idOf = Object.fromEntries(people.map(({ id, full_name }) => [full_name, id as string])) as Record<
    (typeof names)[number],
    string
  >;
  const talk = (external_id: string, user: string, twin: string, authors: string[], part: object = {}) => ({
    type: "activity",
    external_id,
    user,
    twin,
    activity_type: "conversation",
    platform: "slack",
    started_at: at(0),
    conversation: {
      title: external_id,
      topic: external_id,
      messages: authors.map((author, i) => ({
        external_id: `${external_id}-${i}`,
        sender_type: "user",
        user: author,
        content: `${author} here`,
        created_at: at(i),
      })),
    },
    ...part,
  });
  const send = async (...sent: unknown[]) => {
    const { rejected } = await sender.send(sent, { now });
    expect(rejected).toEqual([]);
  };
  const erase = async (name: (typeof names)[number] = "lea") => {
    await askAtOnce(application.db, sender.org_id, idOf[name], `${name}@acme.example`, now);
    const privacy = await readPrivacy(application.db, systemOf(sender.org_id), { user_id: idOf[name] }, now);
    await eraseDue(application.db, systemOf(sender.org_id), { now, ledger: memoryLedger() });
    return privacy.receipt;
  };
  /** As after a purge of its messages: a summary that holds the words of these. */
  const summarise = (title: string, ...authors: string[]) =>
    database.pool.query(
      `with gone as (delete from messages m using conversations c where c.org_id = $1 and c.title = $2 and m.org_id = $1 and m.conversation_id = c.activity_id)
       update conversations set summary = 'sealed', summary_model = 'a model', summarised_at = $4, summarised_until = $4, summary_keep = '1 month', summary_author_ids = $3
       where org_id = $1 and title = $2`,
      [sender.org_id, title, authors, at(9)],
    );
  const conversations = () =>
    read(
      `select u.full_name as of, c.title, c.topic, c.summary is not null as has_summary, c.summary_model, c.inherited_from,
         array(select u.full_name from users u where u.org_id = $1 and u.id = any (c.summary_author_ids) order by 1) as authors
       from activities a join conversations c on c.org_id = $1 and c.activity_id = a.id left join users u on u.org_id = $1 and u.id = a.user_id
       where a.org_id = $1 order by c.title, 1`,
      sender.org_id,
    );
  return { ...sender, idOf, talk, add: send, erase, summarise, conversations };
}

test("a summary goes with one of those whose words it holds, and the others stay known for when they go", async () => {
  const { add, talk, idOf, summarise, conversations, erase } = await makeOffice();
  await add(
    talk("plans", "ann", "ann-twin", ["ann", "lea", "bob", "cem"]),
    talk("other", "ann", "ann-twin", ["ann", "bob"]),
  );
  await summarise("plans", idOf.lea, idOf.bob, idOf.cem);
  await summarise("other", idOf.bob);
  await erase();
  expect(await conversations()).toMatchObject([
    { title: "other", of: "ann", has_summary: true, summary_model: "a model", authors: ["bob"] },
    { title: "plans", of: "ann", has_summary: false, summary_model: null, authors: ["bob", "cem"] },
  ]);
});

test("a conversation whose messages went to a summary passes to one whose words that held, without its words", async () => {
  const { add, talk, idOf, summarise, conversations, erase } = await makeOffice();
  await add(talk("plans", "lea", "lea-twin", ["lea", "bob", "cem"]), talk("alone", "lea", "lea-twin", ["lea"]));
  await summarise("plans", idOf.bob, idOf.cem);
  await summarise("alone");
  await erase();
  expect(await conversations()).toEqual([
    {
      of: [idOf.bob, idOf.cem].sort()[0] === idOf.bob ? "bob" : "cem",
      title: null,
      topic: null,
      has_summary: false,
      summary_model: null,
      inherited_from: new Date(at(9)),
      authors: expect.arrayContaining(["bob", "cem"]),
    },
  ]);
});

test("of three authors the next is who wrote first, then who is left; a use of somebody else's twin keeps no word of who is gone", async () => {
  const { org_id, add, talk, conversations, erase } = await makeOffice();
  const details = {
    session: "lea's session",
    action_description: "lea asks",
    metadata: { by: "lea" },
    shared: { interaction_purpose: "lea asks", interaction_summary: "lea's", was_helpful: true },
  };
  await add(
    { type: "session", external_id: "lea's session", user: "lea", platform: "slack", started_at: at(0) },
    talk("plans", "lea", "cem-twin", ["lea", "bob", "ann", "bob"], details),
  );
  const uses = () =>
    read(
      `select u.full_name as by, o.full_name as of, interaction_purpose, interaction_summary, was_helpful
       from shared_twin_interactions i left join users u on u.org_id = $1 and u.id = i.accessing_user_id
       left join users o on o.org_id = $1 and o.id = i.twin_owner_id where i.org_id = $1`,
      org_id,
    );
  const nothingSaid = { interaction_purpose: null, interaction_summary: null, was_helpful: null };
  await erase();
  expect(await conversations()).toMatchObject([{ of: "bob" }]);
  expect(
    await read(
      "select session_id, session_named, action_description, metadata from activities where org_id = $1",
      org_id,
    ),
  ).toEqual([{ session_id: null, session_named: false, action_description: null, metadata: null }]);
  expect(await uses()).toEqual([{ by: "bob", of: "cem", ...nothingSaid }]);
  await erase("cem");
  expect(await uses()).toEqual([{ by: "bob", of: null, ...nothingSaid }]);
  await erase("bob");
  expect(await conversations()).toMatchObject([{ of: "ann" }]);
  await erase("ann");
  expect(await conversations()).toEqual([]);
});

test("in months that were brought back, summaries and owners of twins are forgotten, too", async () => {
  const { org_id, add, talk, idOf, summarise, erase } = await makeOffice();
  await add(talk("plans", "ann", "ann-twin", ["ann", "bob"]), talk("asked", "bob", "lea-twin", ["bob"]));
  await summarise("plans", idOf.lea, idOf.bob);
  for (const table of ["activities", "conversations", "shared_twin_interactions"]) {
    const [{ columns }] = (await read(
      `select string_agg(quote_ident(column_name), ', ') as columns from information_schema.columns
       where table_schema = 'restored' and table_name = $1 and is_generated = 'NEVER'`,
      table,
    )) as [{ columns: string }];
    await read(
      `insert into restored.${table} (${columns}) select ${columns} from public.${table} where org_id = $1`,
      org_id,
    );
  }
  // What is live went on without them meanwhile.
  await read("update conversations set summary_author_ids = null where org_id = $1", org_id);
  await read("update shared_twin_interactions set twin_owner_id = null where org_id = $1", org_id);
  await erase();
  expect(
    await read(
      `select title, summary is not null as has_summary, cardinality(summary_author_ids) as authors from restored.conversations where org_id = $1 order by 1`,
      org_id,
    ),
  ).toEqual([
    { title: "asked", has_summary: false, authors: null },
    { title: "plans", has_summary: false, authors: 1 },
  ]);
  expect(await read("select twin_owner_id from restored.shared_twin_interactions where org_id = $1", org_id)).toEqual([
    { twin_owner_id: null },
  ]);
  const [{ counts }] = (await read("select counts from erasures where org_id = $1", org_id)) as [{ counts: object }];
  expect(counts).toMatchObject({
    "restored.conversations": { emptied: 1 },
    "restored.shared_twin_interactions": { emptied: 1 },
  });
});

/** The one thing that somebody else did with a twin of `owner`. */
const uses: [string, (owner: Person, other: Person) => Promise<unknown>][] = [
  ["did something with", (owner, other) => makeActivity(database.pool, { ...other, twin_id: owner.twin_id }, at(0))],
  ["had a session with", (owner, other) => makeSession(database.pool, { ...other, twin_id: owner.twin_id }, at(0))],
  [
    "wrote in a conversation of its owner with",
    async (owner, other) => makeMessages(database.pool, other, await makeActivity(database.pool, owner, at(0)), [1]),
  ],
  [
    "has figures of sealed days with",
    (owner, other) =>
      read(
        "insert into user_days (org_id, day, n, twin_id, platform) values ($1, '2026-03-02', $2, $3, 'web')",
        other.org_id,
        other.n,
        owner.twin_id,
      ),
  ],
];

let offices = 0;
test.each(uses)("a twin that somebody else %s stays without its owner", async (_, use) => {
  const org_id = await makeOrganization(database.pool, `twins-${++offices}`);
  await read("select ensure_month('2026-03-01')");
  const [owner, other] = [await makePerson(database.pool, org_id), await makePerson(database.pool, org_id)];
  await use(owner, owner);
  const isUsed = async () =>
    (
      await read(
        `select ${textOf(isUsedByOthers(sql`$4::uuid`, { org_id: sql`$1`, user_id: sql`$2::uuid`, n: sql`$3::int` }))} as used`,
        org_id,
        owner.user_id,
        owner.n,
        owner.twin_id,
      )
    )[0].used;
  expect(await isUsed()).toBe(false);
  await use(owner, other);
  expect(await isUsed()).toBe(true);
});
