import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  canary,
  canaryEmail as email,
  canaryRecords,
  copied,
  everything,
  othersWords,
  singing,
} from "../../../test/canary.ts";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Database } from "../../postgres/connect.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { verifyOrganization } from "../../figures/verify.ts";
import { openLedger } from "./ledger.ts";
import { readPrivacy } from "./privacy.ts";
import { readErasureReceipt } from "./receipt.ts";
import { replayLedger } from "./replay.ts";
import { eraseDue } from "./run.ts";
import { liftTombstone } from "./lift.ts";
import type { Difference } from "../../figures/compare.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let sender: Sender;
let person: string;
const { records, at, message, user } = canaryRecords("2026-03-10T09:00:00Z");

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

test(
  "of whoever is erased no name, address or word is left; a conversation with others stays theirs; an older copy that comes back forgets them too",
  { timeout: 180_000 },
  async () => {
    const file = join(folder, "erasures.ndjson");
    const ledger = openLedger(file);
    expect(singing(await everything(database.url, application.db, sender.org_id)).length).toBeGreaterThan(20);
    await copied(database.url, async (url, older) => {
      const draft = (await readPrivacy(application.db, systemOf(sender.org_id), { user_id: person }, now)).receipt;
      await askAtOnce(application.db, sender.org_id, person, email, now);
      await finish(application.db, ledger);

      expect(singing(await everything(database.url, application.db, sender.org_id))).toEqual([]);
      expect(singing(await readFile(file, "utf8"))).toEqual([]);
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
      for (const words of othersWords) expect(all).toContain(words);
      const { rows: twins } = await database.pool.query("select name, user_id from twins order by name");
      expect(twins).toMatchObject([{ name: "Ann's Twin" }, { name: "Deleted twin", user_id: null }]);

      const receipt = await readErasureReceipt(application.db, systemOf(sender.org_id), { number: 1 }, now);
      expect(receipt.lines.filter(({ table }) => !["tombstones", "audit_log"].includes(table))).toEqual(
        draft.lines.filter(({ table }) => !["tombstones", "audit_log"].includes(table)),
      );
      expect(receipt).toMatchObject({ erasure: { user_id: person, reason: "asked_by_person" } });

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
      expect(singing(await everything(database.url, application.db, sender.org_id))).toEqual([]);
      expect(await verified(application.db)).toEqual([]);

      // The copy was made before: it knows them, until the ledger is held against it.
      expect(singing(await everything(url, older, sender.org_id)).length).toBeGreaterThan(20);
      expect(await replayLedger(older, ledger, now)).toEqual({ entries: 1, again: 1, kept_out: 0 });
      await finish(older, ledger);
      expect(singing(await everything(url, older, sender.org_id))).toEqual([]);
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
