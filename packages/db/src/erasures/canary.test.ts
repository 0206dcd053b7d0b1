import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { askAtOnce, memoryLedger, systemOf } from "../../test/erasing.ts";
import { useDatabase } from "../../test/database.ts";
import { makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import { inTenant } from "../actor.ts";
import { connect, type Database } from "../connect.ts";
import { loadDataKeys } from "../encryption/data-keys.ts";
import { unlockKeys } from "../encryption/key-encryption-key.ts";
import { aadOf, openTexts } from "../encryption/text.ts";
import { rollupOrganization } from "../metrics/rollup.ts";
import { type Difference, verifyOrganization } from "../metrics/verify.ts";
import { openLedger } from "./ledger.ts";
import { readPrivacy } from "./privacy.ts";
import { readErasureReceipt } from "./receipt.ts";
import { replayLedger } from "./replay.ts";
import { eraseDue } from "./run.ts";
import { liftTombstone } from "./lift.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
/** In everything that this person is, did and said. */
const canary = "Quetzalina";
const email = "quetzalina@acme.example";
let sender: Sender;
let person: string;

const at = (minute: number) => new Date(Date.parse("2026-03-10T09:00:00Z") + minute * 60_000).toISOString();
const message = (id: string, by: string | null, minute: number, content: string) => ({
  external_id: id,
  sender_type: by === null ? "twin" : "user",
  ...(by !== null && { user: by }),
  content,
  token_count: 3,
  created_at: at(minute),
  metadata: { note: content },
});
const activity = (external_id: string, user: string, twin: string, minute: number, part: object) => ({
  type: "activity",
  external_id,
  user,
  twin,
  started_at: at(minute),
  ended_at: at(minute + 9),
  platform: "slack",
  action_description: `what ${user} did`,
  metadata: { of: user },
  ...part,
});
const user = (external_id: string, name: string, address: string) => ({
  type: "user",
  external_id,
  email: address,
  full_name: name,
  company: name,
  department: name,
  created_at: "2026-01-05T09:00:00Z",
});

const records = [
  user("q", `${canary} Mendez`, email),
  ...["ann", "bob", "cem"].map((name) => user(name, name, `${name}@acme.example`)),
  { type: "twin", external_id: "tq", user: "q", name: `${canary}'s Twin`, description: canary, created_at: at(0) },
  { type: "twin", external_id: "tq2", user: "q", name: `${canary}'s second`, created_at: at(0) },
  { type: "twin", external_id: "ta", user: "ann", name: "Ann's Twin", created_at: at(0) },
  { type: "installation", twin: "tq2", platform: "slack", workspace_name: canary, installed_at: at(0) },
  {
    type: "session",
    external_id: "s",
    user: "q",
    platform: "web",
    started_at: at(0),
    ended_at: at(5),
    user_agent: canary,
  },
  // Begun by them, with three others in it.
  activity("talk", "q", "ta", 10, {
    activity_type: "conversation",
    conversation: {
      title: `${canary} plans`,
      topic: canary,
      messages: [
        message("m1", "q", 10, `${canary} asks`),
        message("m2", null, 11, `Hello ${canary}`),
        message("m3", "ann", 12, "Ann joins"),
        message("m4", null, 13, "Welcome, Ann"),
        message("m5", "bob", 14, "Bob agrees"),
        message("m6", "q", 15, `${canary} thanks`),
        message("m7", "cem", 16, "Cem closes"),
      ],
    },
    shared: { interaction_purpose: canary, interaction_summary: `${canary} again`, was_helpful: true },
  }),
  activity("alone", "q", "tq", 30, {
    activity_type: "conversation",
    conversation: {
      title: canary,
      messages: [message("a1", "q", 30, canary), message("a2", null, 31, `Dear ${canary}`)],
    },
  }),
  activity("guest", "bob", "tq", 40, {
    activity_type: "conversation",
    conversation: {
      title: "Bob's",
      messages: [message("g1", "bob", 40, "Bob asks"), message("g2", "q", 41, `${canary} butts in`)],
    },
  }),
  activity("doc", "q", "tq", 50, {
    activity_type: "document",
    document: { title: canary, content: `${canary} wrote this`, metadata: { by: canary } },
  }),
  activity("query", "q", "tq2", 60, {
    activity_type: "query",
    query: { query_text: `where is ${canary}`, retrieved_info: canary, sources: [{ from: canary }] },
  }),
  { type: "feature", user: "q", feature_name: "calendar_lookup", used_at: at(70), external_id: `${canary}-f` },
];

/** Everything in the database as text: every row of every table, and every sealed value that some key still opens. */
async function everything(url: string, db: Database, org_id: number): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  const found: string[] = [];
  try {
    const tables = await client.query<{ name: string; sealed: string[] }>(
      `select c.oid::regclass::text as name,
         array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.atttypid = 'bytea'::regtype and a.attnum > 0 and not a.attisdropped) as sealed
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
    );
    const people = (await client.query<{ id: string }>("select id from users where org_id = $1", [org_id])).rows;
    for (const { name, sealed } of tables.rows) {
      const { rows } = await client.query(`select * from ${name}`);
      found.push(...rows.map((row) => `${name}: ${JSON.stringify(row)}`));
      const table = name.replace(/_\d{4}_\d\d$/, "");
      for (const row of rows) {
        for (const column of sealed) {
          if (row[column] === null || !("org_id" in row)) continue;
          found.push(row[column].toString("latin1"));
          const id = row["activity_id"] ?? row["id"];
          const opened = await inTenant(db, systemOf(org_id), async (tx) => {
            const keys = await loadDataKeys(
              db,
              tx,
              people.map((one) => one.id),
            );
            const places = [...keys.keys()].map((user_id) => ({
              user_id,
              aad: aadOf(table, column, org_id, id),
              sealed: row[column],
            }));
            const texts: (string | null)[] = [];
            for (const place of places) texts.push(...(await openTexts(db, tx, [place]).catch(() => [null])));
            return texts.filter((text) => text !== null);
          });
          found.push(...opened.map((text) => `${name}.${column}: ${text}`));
        }
      }
    }
  } finally {
    await client.end();
  }
  return found.join("\n");
}

const linesOf = (text: string) => text.split("\n").filter((line) => /quetzalina/i.test(line));
const verified = async (db: Database) => {
  const found: Difference[] = [];
  for await (const one of verifyOrganization(db, systemOf(sender.org_id), { now })) found.push(one);
  return found;
};
const finish = async (db: Database, ledger = memoryLedger() as ReturnType<typeof openLedger>) => {
  await eraseDue(db, systemOf(sender.org_id), { now, ledger });
  await rollupOrganization(db, systemOf(sender.org_id), { now });
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "erasures-"));
  sender = await makeSender(application.db, "Europe/Berlin");
  const { rejected } = await sender.send(records, { now });
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  const { rows } = await database.pool.query("select id from users where email = $1", [email]);
  person = rows[0].id;
  return () => rm(folder, { recursive: true });
});

/** A copy of the database as it is now, like one that a backup is restored to. */
async function copied(work: (url: string, db: Database) => Promise<void>): Promise<void> {
  const name = `copy_${randomUUID().replaceAll("-", "")}`;
  const url = Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
  const admin = new pg.Client(Object.assign(new URL(database.url), { pathname: "/postgres" }).href);
  await admin.connect();
  try {
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
      new URL(database.url).pathname.slice(1),
    ]);
    await admin.query(`create database ${name} template ${new URL(database.url).pathname.slice(1)} strategy file_copy`);
    const db = connect(url, { max: 3 });
    try {
      await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
      await work(url, db);
    } finally {
      await db.close();
    }
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

test(
  "of whoever is erased no name, address or word is left; a conversation with others stays theirs; an older copy that comes back forgets them too",
  { timeout: 180_000 },
  async () => {
    const file = join(folder, "erasures.ndjson");
    const ledger = openLedger(file);
    expect(linesOf(await everything(database.url, application.db, sender.org_id)).length).toBeGreaterThan(20);
    await copied(async (url, older) => {
      const draft = (await readPrivacy(application.db, systemOf(sender.org_id), { user_id: person }, now)).receipt;
      await askAtOnce(application.db, sender.org_id, person, email, now);
      await finish(application.db, ledger);

      expect(linesOf(await everything(database.url, application.db, sender.org_id))).toEqual([]);
      expect(linesOf(await readFile(file, "utf8"))).toEqual([]);
      expect(await verified(application.db)).toEqual([]);
      const { rows: talk } = await database.pool.query(
        `select a.user_id = n.id as is_anns, a.session_id is not null as has_session, a.started_at, c.title, c.topic, c.message_count, i.was_helpful
       from activities a join users n on n.org_id = a.org_id and n.email = 'ann@acme.example' join conversations c on c.activity_id = a.id
         left join shared_twin_interactions i on i.activity_id = a.id
       where a.started_at = $1`,
        [at(10)],
      );
      // Ann asked her own twin: what was somebody else's use of it is none any more.
      expect(talk).toEqual([
        {
          is_anns: true,
          has_session: true,
          started_at: new Date(at(10)),
          title: null,
          topic: null,
          message_count: 7,
          was_helpful: null,
        },
      ]);
      const all = await everything(database.url, application.db, sender.org_id);
      for (const words of ["Ann joins", "Welcome, Ann", "Bob agrees", "Cem closes", "Bob asks"])
        expect(all).toContain(words);
      const { rows: twins } = await database.pool.query("select name, user_id from twins order by name");
      expect(twins).toMatchObject([{ name: "Ann's Twin" }, { name: "Deleted twin", user_id: null }]);

      const receipt = await readErasureReceipt(application.db, systemOf(sender.org_id), { number: 1 }, now);
      expect(receipt.lines.filter(({ table }) => !["tombstones", "audit_log"].includes(table))).toEqual(
        draft.lines.filter(({ table }) => !["tombstones", "audit_log"].includes(table)),
      );
      expect(receipt).toMatchObject({
        backups_until: "2026-04-19",
        erasure: { user_id: person, reason: "asked_by_person" },
      });

      // Nothing of theirs comes in again, under no name, nor through a conversation that others go on with.
      const again = await sender.send(
        [
          ...records,
          { ...user("other", "New", email.toUpperCase()) },
          { type: "message", conversation: "talk", ...message("m8", null, 10.5, `Psst ${canary}`) },
          {
            type: "message",
            conversation: "talk",
            external_id: "m9",
            sender_type: "user",
            content: canary,
            created_at: at(20),
          },
          { type: "message", conversation: "talk", ...message("m2", null, 11, `Hello ${canary}`) },
          { type: "message", conversation: "talk", ...message("m10", null, 21, "Bye, Ann") },
          { type: "message", conversation: "talk", ...message("m11", "bob", 22, "Bye") },
        ],
        { now },
      );
      const refused = again.rejected.filter(({ code }) => code === "ERASED").map(({ index }) => index);
      expect(refused).toEqual(
        expect.arrayContaining([0, records.length, records.length + 1, records.length + 2, records.length + 3]),
      );
      expect(again.rejected.map(({ index }) => index)).not.toEqual(expect.arrayContaining([records.length + 4]));
      expect(again.rejected.map(({ index }) => index)).not.toEqual(expect.arrayContaining([records.length + 5]));
      await rollupOrganization(application.db, systemOf(sender.org_id), { now });
      expect(linesOf(await everything(database.url, application.db, sender.org_id))).toEqual([]);
      expect(await verified(application.db)).toEqual([]);

      // The copy was made before: it knows them, until the ledger is held against it.
      expect(linesOf(await everything(url, older, sender.org_id)).length).toBeGreaterThan(20);
      expect(await replayLedger(older, ledger, now)).toEqual({ entries: 1, again: 1, kept_out: 0 });
      await finish(older, ledger);
      expect(linesOf(await everything(url, older, sender.org_id))).toEqual([]);
      expect(await verified(older)).toEqual([]);
      expect(await replayLedger(older, ledger, now)).toEqual({ entries: 1, again: 0, kept_out: 0 });
    });

    // Where nothing was restored the ledger changes nothing, and what an owner has let in again stays in.
    expect(await replayLedger(application.db, ledger, now)).toEqual({ entries: 1, again: 0, kept_out: 0 });
    const owner = { ...systemOf(sender.org_id), job: "owner" };
    expect((await liftTombstone(application.db, owner, { email })).lifted).toBe(3);
    expect(await replayLedger(application.db, ledger, now)).toMatchObject({ again: 0, kept_out: 0 });
    expect((await sender.send([user("q", "Somebody new", email)], { now })).accepted).toBe(1);
  },
);
