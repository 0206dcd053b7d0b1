import { randomUUID } from "node:crypto";
import pg from "pg";
import { inTenant, type Tx } from "../src/tenancy/actor.ts";
import { connect, type Database } from "../src/postgres/connect.ts";
import { open } from "../src/tenancy/encryption/cipher.ts";
import { type DataKey, loadDataKeys } from "../src/tenancy/encryption/data-keys.ts";
import { unlockKeys } from "../src/tenancy/encryption/key-encryption-key.ts";
import { aadOf } from "../src/tenancy/encryption/text.ts";
import { systemOf } from "./actors.ts";

/** In everything that one person is, did and said. */
export const canary = "Quetzalina";
export const canaryEmail = "quetzalina@acme.example";
/** What others say in conversations with them; it stays. */
export const othersWords = ["Ann joins", "Welcome, Ann", "Bob agrees", "Cem closes", "Bob asks"];

/**
 * The canary and others, with every kind of record of theirs; the first of it happened at `begin`.
 * @param tag ends the senders' names of what happened, so that it can happen more than once
 */
export function canaryRecords(begin: string, tag = "") {
  const at = (minute: number) => new Date(Date.parse(begin) + minute * 60_000).toISOString();
  const message = (id: string, by: string | null, minute: number, content: string) => ({
    external_id: `${id}${tag}`,
    sender_type: by === null ? "twin" : "user",
    ...(by !== null && { user: by }),
    content,
    token_count: 3,
    created_at: at(minute),
    metadata: { note: content },
  });
  const activity = (external_id: string, user: string, twin: string, minute: number, part: object) => ({
    type: "activity",
    external_id: `${external_id}${tag}`,
    user,
    twin,
    started_at: at(minute),
    ended_at: at(minute + 9),
    platform: "slack",
    action_description: `what ${user === "q" ? canary : user} did`,
    metadata: { of: user === "q" ? canary : user },
    ...part,
  });
  const user = (external_id: string, name: string, address: string) => ({
    type: "user",
    external_id,
    email: address,
    full_name: name,
    company: name,
    department: name,
    created_at: at(-60 * 24 * 60),
  });
  const records: Record<string, unknown>[] = [
    user("q", `${canary} Mendez`, canaryEmail),
    ...["ann", "bob", "cem"].map((name) => user(name, name, `${name}@acme.example`)),
    { type: "twin", external_id: "tq", user: "q", name: `${canary}'s Twin`, description: canary, created_at: at(0) },
    { type: "twin", external_id: "tq2", user: "q", name: `${canary}'s second`, created_at: at(0) },
    { type: "twin", external_id: "ta", user: "ann", name: "Ann's Twin", created_at: at(0) },
    { type: "installation", twin: "tq2", platform: "slack", workspace_name: canary, installed_at: at(0) },
    {
      type: "session",
      external_id: `s${tag}`,
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
      document: { title: canary, content: `${canary} wrote this`, created_at: at(51), metadata: { by: canary } },
    }),
    activity("query", "q", "tq2", 60, {
      activity_type: "query",
      query: { query_text: `where is ${canary}`, retrieved_info: canary, sources: [{ from: canary }] },
    }),
    { type: "feature", user: "q", feature_name: "calendar_lookup", used_at: at(70), external_id: `${canary}-f${tag}` },
  ];
  return { records, at, message, user };
}

/** Lines in which the canary still sings. */
export const singing = (text: string): string[] => text.split("\n").filter((line) => /quetzalina/i.test(line));

/** Every key that is left of an organisation's people. */
export const keysLeft = (db: Database, org_id: number): Promise<DataKey[]> =>
  inTenant(db, systemOf(org_id), async (tx: Tx) => {
    const people = await tx.query<{ id: string }>({ text: "select id from users where org_id = $1", values: [org_id] });
    return [
      ...(
        await loadDataKeys(
          db,
          tx,
          people.map(({ id }) => id),
        )
      ).values(),
    ];
  });

/** A sealed value as text: as it lies, and as each key that opens it makes it. */
export function readings(
  keys: readonly DataKey[],
  place: [table: string, column: string, org_id: number, id: string],
  value: Buffer,
  encoding: "utf8" | "latin1" = "utf8",
): string[] {
  const opened = keys.flatMap(({ key }) => {
    try {
      return [open(key, aadOf(...place), value).toString(encoding)];
    } catch {
      return [];
    }
  });
  return [value.toString("latin1"), ...opened];
}

/** Everything in the database as text: every row of every table of every schema, and every sealed value that some key still opens. */
export async function everything(url: string, db: Database, org_id: number): Promise<string> {
  const keys = await keysLeft(db, org_id);
  const client = new pg.Client(url);
  await client.connect();
  const found: string[] = [];
  try {
    const tables = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<Record<string, unknown>>(`select * from ${name}`);
      const table = name.replace(/^restored\./, "").replace(/_\d{4}_\d\d$/, "");
      for (const row of rows) {
        found.push(`${name}: ${JSON.stringify(row)}`);
        for (const [column, value] of Object.entries(row)) {
          if (!Buffer.isBuffer(value)) continue;
          const id = String(row["activity_id"] ?? row["id"]);
          for (const text of readings(keys, [table, column, org_id, id], value))
            found.push(`${name}.${column}: ${text}`);
        }
      }
    }
  } finally {
    await client.end();
  }
  return found.join("\n");
}

/** A copy of a database as it is now, like one that a backup is restored to. Ends every connection to the original. */
export async function copied(from: string, work: (url: string, db: Database) => Promise<void>): Promise<void> {
  const at = (name: string) => Object.assign(new URL(from), { pathname: `/${name}` }).href;
  const [original, name] = [new URL(from).pathname.slice(1), `copy_${randomUUID().replaceAll("-", "")}`];
  const admin = new pg.Client(at("postgres"));
  await admin.connect();
  try {
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [original]);
    await admin.query(`create database ${name} template ${original} strategy file_copy`);
    const db = connect(at(name), { max: 3 });
    try {
      await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
      await work(at(name), db);
    } finally {
      await db.close();
    }
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}
