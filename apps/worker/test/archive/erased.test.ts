import { memoryHeads } from "@twin/db/test/heads";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropRestored, requestDropRestored } from "@twin/db/archives/drop-restored";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { archivedTables } from "@twin/db/archives/shape";
import { readPrivacy } from "@twin/db/privacy/erasures/privacy";
import { readErasureReceipt } from "@twin/db/privacy/erasures/receipt";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { canaryEmail, canaryRecords, copied, everything, keysLeft, othersWords, singing } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { askAtOnce, memoryLedger } from "@twin/db/test/erasing";
import { makeSender, type Sender, useApplication } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import type { Database } from "@twin/db/postgres/connect";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { runTask } from "../../src/task.ts";
import { archivedText } from "./canary.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-erased-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

const told = new Date("2026-03-20T12:00:00Z");
const later = new Date("2026-10-10T12:00:00Z");
const month = "2026-03";
const { records, at } = canaryRecords("2026-03-10T09:00:00Z");

let sender: Sender;
let person: string;
beforeAll(async () => {
  sender = await makeSender(application.db);
  for (const type of ["activities", "messages"] as const) await keep(database.pool, sender.org_id, type, 180);
  await keep(database.pool, sender.org_id, "sessions", 2, "year");
  expect((await sender.send(records, { now: told })).rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now: told });
  // Without anyone to summarise conversations their messages stay, and are archived with them.
  await runLifecycle(application.db, systemOf(sender.org_id), { now: later, archive });
  const { rows } = await database.pool.query("select id from users where email = $1", [canaryEmail]);
  person = rows[0].id;
});

async function restore(db: Database) {
  await requestRestore(db, systemOf(sender.org_id), { month }, { now: later, isQueued: false });
  return restoreMonth(db, systemOf(sender.org_id), archive, { month, now: later, takeErased: takeFromRestored });
}
const erase = (db: Database, ledger: ReturnType<typeof memoryLedger>) =>
  eraseDue(db, systemOf(sender.org_id), { now: later, ledger, limit: 4 });
const wholeText = async (url: string, db: Database) =>
  `${await everything(url, db, sender.org_id)}\n${await archivedText(db, archive, sender.org_id, await keysLeft(db, sender.org_id))}`;

/** Every restored row as PostgreSQL writes it; of sealed content only whether it is there. */
async function restoredRows(): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const { name } of archivedTables) {
    const { rows } = await database.pool.query<{ row: string }>(
      `select (to_jsonb(t) || case when to_jsonb(t) ? 'content' then jsonb_build_object('content', to_jsonb(t) -> 'content' <> 'null') else '{}' end)::text as row
       from restored.${name} t where org_id = $1 order by 1`,
      [sender.org_id],
    );
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}

test("an erasure treats a restored month like live rows, and a month that is restored afterwards comes back like that", async () => {
  const { db } = application;
  const ledger = memoryLedger();
  await restore(db);
  expect(singing(await wholeText(database.url, db)).length).toBeGreaterThan(40);
  await copied(database.url, async (url, older) => {
    const draft = (await readPrivacy(db, systemOf(sender.org_id), { user_id: person }, later)).receipt;
    await askAtOnce(db, sender.org_id, person, canaryEmail, later);
    await erase(db, ledger);
    const receipt = await readErasureReceipt(db, systemOf(sender.org_id), { number: 1 }, later);
    const lines = (all: typeof receipt.lines) =>
      all.filter(({ table }) => !["tombstones", "audit_log"].includes(table));
    expect(lines(receipt.lines)).toEqual(lines(draft.lines));
    expect(Object.fromEntries(receipt.lines.map(({ table, what, rows }) => [`${table} ${what}`, rows]))).toMatchObject({
      "restored.activities passed_on": 1,
      "restored.activities erased": 3,
      "restored.messages erased": 2,
      "restored.messages emptied": 4,
      "restored.messages passed_on": 1,
      "restored.feature_events erased": 1,
    });

    expect(singing(await wholeText(database.url, db))).toEqual([]);
    const text = await everything(database.url, db, sender.org_id);
    for (const words of othersWords) expect(text).toContain(words);
    const { rows: talk } = await database.pool.query(
      `select u.email, a.started_at, a.action_description, c.title, c.topic, c.message_count, c.inherited_from
       from restored.activities a join restored.conversations c on c.org_id = a.org_id and c.activity_id = a.id
       join users u on u.org_id = a.org_id and u.id = a.user_id where a.started_at = $1`,
      [at(10)],
    );
    expect(talk).toEqual([
      {
        email: "ann@acme.example",
        started_at: new Date(at(10)),
        action_description: null,
        title: null,
        topic: null,
        message_count: 7,
        inherited_from: new Date(at(12)),
      },
    ]);

    // Dropped and restored once more: the same, but that what the twin answered Ann was under the key that is gone.
    const erased = await restoredRows();
    await requestDropRestored(db, systemOf(sender.org_id), { month });
    await dropRestored(db, systemOf(sender.org_id), { month });
    await restore(db);
    expect(singing(await wholeText(database.url, db))).toEqual([]);
    const unreadable = (line: string) =>
      line.includes("Welcome, Ann")
        ? line.replace('{"note": "Welcome, Ann"}', "null").replace('"content": true', '"content": false')
        : line;
    expect(await restoredRows()).toEqual({ ...erased, messages: erased["messages"]!.map(unreadable).sort() });
    // And once more, over what is there.
    const once = await restoredRows();
    await restore(db);
    expect(await restoredRows()).toEqual(once);

    // An older copy, in which they are alive and the month is restored: restoring a month replays the ledger.
    expect(singing(await wholeText(url, older)).length).toBeGreaterThan(40);
    await requestRestore(older, systemOf(sender.org_id), { month }, { now: later });
    await runTask(
      "archives/restore",
      { org_id: sender.org_id, month },
      { id: "1", key: null, attempts: 1, max_attempts: 1 },
      {
        db: older,
        signal: new AbortController().signal,
        log: pino({ level: "silent" }),
        url,
        env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger },
        reached: () => {},
        archive,
      },
    );
    await erase(older, ledger);
    expect(singing(await wholeText(url, older))).toEqual([]);
  });
}, 180_000);
