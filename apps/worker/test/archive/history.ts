import { limits } from "@twin/contracts/vocabulary";
import type { Actor } from "@twin/db/tenancy/actor";
import { inTenant } from "@twin/db/tenancy/actor";
import { ContentDigest } from "@twin/db/archives/digest";
import type { Archive } from "@twin/db/archives/files";
import { keyHolders, openRows } from "@twin/db/archives/leaving";
import { readLive } from "@twin/db/archives/live-rows";
import { type PartBatch, readPart } from "@twin/db/archives/read-part";
import { activityTables, archivedTables, type TableRow } from "@twin/db/archives/shape";
import type { Database } from "@twin/db/postgres/connect";
import { loadDataKeys } from "@twin/db/tenancy/encryption/data-keys";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { conversation, makeSender, people, type Sender } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import type { TestDatabase } from "@twin/db/test/database";
import { systemOf } from "@twin/db/test/actors";

/** When the histories below are over, and when all but their last days are older than half a year. */
export const told = new Date("2026-03-20T12:00:00Z");
export const later = new Date("2026-09-10T12:00:00Z");

const at = (day: string, minute: number) => new Date(Date.parse(`${day}T09:00:00Z`) + minute * 60_000).toISOString();

/** One day of two people: every kind of activity, someone else's twin, a second author, a feature, texts of many shapes. */
const dayOf = (day: string): unknown[] => {
  const activity = (type: string, minute: number, part: object) => ({
    type: "activity",
    external_id: `${type}-${day}`,
    user: "u1",
    twin: "t1",
    activity_type: type,
    action_description: `Did "${type}" on ${day} – ünïcode\n`,
    started_at: at(day, minute),
    ended_at: at(day, minute + 3),
    platform: "slack",
    device_type: "desktop",
    metadata: { day, nested: { list: [1, null, "x"], big: 12345678901234 } },
    ...part,
  });
  return [
    conversation(`plain-${day}`, at(day, 0)),
    activity("conversation", 10, {
      user: "u2",
      shared: { interaction_purpose: `Ask about ${day}`, interaction_summary: "It went well.", was_helpful: true },
      conversation: {
        title: `Plan of ${day}`,
        topic: "planning",
        messages: [
          {
            external_id: `1-${day}`,
            sender_type: "user",
            content: "One?",
            created_at: at(day, 10),
            metadata: { a: 1 },
          },
          { external_id: `2-${day}`, sender_type: "twin", content: "Two.", created_at: at(day, 11), token_count: 3 },
          { external_id: `3-${day}`, sender_type: "user", user: "u1", content: "Three!", created_at: at(day, 12) },
        ],
      },
    }),
    activity("query", 20, {
      query: {
        query_text: "Where?",
        query_type: "search",
        results_count: 2,
        retrieved_info: "Here.",
        sources: [{ url: "a" }, 2],
      },
    }),
    activity("document", 30, {
      document: {
        title: `Report of ${day}`,
        document_type: "report",
        content: "Words, words.",
        created_at: at(day, 31),
        metadata: { v: 1 },
      },
    }),
    { type: "feature", user: "u2", feature_name: "calendar_lookup", used_at: at(day, 40), count: 3 },
  ];
};

export const days = ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-14", "2026-03-02", "2026-03-15"];

/** An organisation with that history, its figures up to date, that keeps activities and messages for 180 days. */
export async function makeHistory(db: Database, pool: TestDatabase["pool"], of = days): Promise<Sender> {
  const sender = await makeSender(db);
  await keep(pool, sender.org_id, "activities", 180);
  await keep(pool, sender.org_id, "messages", 180);
  await keep(pool, sender.org_id, "sessions", 2, "year");
  // A batch may need so many months that nobody had records in, and no more.
  for (let at = 0; at < of.length; at += limits.newMonthsAtOnce) {
    const days = of.slice(at, at + limits.newMonthsAtOnce).flatMap(dayOf);
    const { rejected } = await sender.send([...people, ...days], { now: told });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
  }
  // To the microsecond, where a column allows it.
  await pool.query("update documents set updated_at = created_at + interval '1.234567 s' where org_id = $1", [
    sender.org_id,
  ]);
  await rollupOrganization(db, systemOf(sender.org_id), { now: told });
  return sender;
}

/** What is there of an organisation: table -> key and content of each row, sorted. */
export type Rows = Record<string, string[]>;

const lineOf = (table: (typeof archivedTables)[number], row: TableRow) => {
  const content = new ContentDigest(table);
  content.add([row]);
  return `${table.order.map((column) => String(row[column])).join(" ")} ${content.hex()}`;
};

export async function liveRows(db: Database, org_id: number): Promise<Rows> {
  return inTenant(db, systemOf(org_id), async (tx) => {
    const all: Rows = {};
    for (const table of archivedTables) {
      const ids = await tx.query<{ id: string }>({
        text: `select distinct ${table.key} as id from ${table.name} where org_id = $1 order by 1`,
        values: [org_id],
      });
      const { rows } = await readLive(
        tx,
        table,
        ids.map(({ id }) => id),
      );
      all[table.name] = rows.map((row) => lineOf(table, row)).sort();
    }
    return all;
  });
}

/** A batch with its messages among its rows. */
export async function wholeRows({ rows, messages }: PartBatch): Promise<PartBatch["rows"]> {
  const said: TableRow[] = [];
  for await (const page of messages()) said.push(...page);
  return new Map([...rows, [activityTables[2]!, said]]);
}

type StoredPart = { month: string; seq: number; manifest_sha256: string; left_out: string[] };

/** What purged parts hold, without what they leave out; a part that is being purged counts as far as it is. */
export async function archivedRows(db: Database, archive: Archive, org_id: number): Promise<Rows> {
  const actor: Actor = systemOf(org_id);
  const parts = await inTenant(db, actor, (tx) =>
    tx.query<StoredPart>({
      text: `select p.month, p.seq, p.manifest_sha256, array(select id::text from archive_left_out l
          where l.org_id = p.org_id and l.month = p.month and l.seq = p.seq) as left_out
        from archive_parts p where org_id = $1 and status = 'purged' order by month, seq`,
      values: [org_id],
    }),
  );
  const all: Rows = Object.fromEntries(archivedTables.map(({ name }) => [name, [] as string[]]));
  for (const part of parts) {
    for await (const batch of readPart(archive, org_id, part)) {
      const [rows, { shapes }] = [await wholeRows(batch), batch];
      const owners = new Map(
        (rows.get(activityTables[0]!) ?? []).map(({ id, user_id }) => [id as string, user_id as string]),
      );
      const keys = await inTenant(db, actor, (tx) => loadDataKeys(db, tx, [...keyHolders(owners, rows)]));
      for (const [table, found] of rows) {
        const plain = openRows(org_id, shapes.get(table) ?? table, found, owners, keys);
        const kept = plain.filter((row) => !part.left_out.includes(row[table.key] as string));
        all[table.name]!.push(...kept.map((row) => lineOf(table, row)));
      }
    }
  }
  return all;
}

/** Live and archived together; the same row twice stands there twice. */
export async function allRows(db: Database, archive: Archive, org_id: number): Promise<Rows> {
  const [live, archived] = [await liveRows(db, org_id), await archivedRows(db, archive, org_id)];
  return Object.fromEntries(archivedTables.map(({ name }) => [name, [...live[name]!, ...archived[name]!].sort()]));
}
