import fc from "fast-check";
import { expect, test } from "vitest";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { runToEnd } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { deliver, delivery, isSettled } from "../../../test/figures/deliver.ts";
import { afterAll, type History, history, recordsOf } from "../../../test/figures/history.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { aadOf, openTexts } from "../../tenancy/encryption/text.ts";
import { recordBatch } from "../../records/ingest/record-batch.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { setTimeZone } from "../../figures/backfills/set-time-zone.ts";
import { verifyOrganization } from "../../figures/verify.ts";
import { eraseDue } from "./run.ts";
import type { Difference } from "../../figures/compare.ts";
import { systemOf } from "../../../test/actors.ts";

const test_ = useDatabase();
const application = useApplication(test_);

const read = async (text: string, values: unknown[]) => (await test_.pool.query(text, values)).rows;

/** Fills in what everyone said: a text that says who said it. */
async function speak(org_id: number, h: History): Promise<void> {
  const service = {
    kind: "service",
    org_id,
    key_id: "t",
    name: "t",
    source: "import",
    permissions: [],
    request_id: "t",
  } as const;
  const records = recordsOf(h).flatMap((record) =>
    record["type"] === "message"
      ? [{ ...record, content: `${String(record["external_id"])} said by ${String(record["user"] ?? "twin")}` }]
      : [],
  );
  if (records.length === 0) return;
  const { rejected } = await recordBatch(application.db, service, { records }, { now: afterAll(h) });
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
}

type Said = {
  id: string;
  by: string | null;
  sender_type: string;
  conversation_id: string;
  at: string;
  text: string | null;
};

/** All messages, opened as far as there are keys. */
async function readMessages(org_id: number): Promise<Said[]> {
  const rows = (await read(
    `select id, user_id as by, sender_type, conversation_id, created_at::text || '/' || coalesce(token_count, -1) || '/' || coalesce(seq, -1) as at, content
     from messages where org_id = $1 order by id`,
    [org_id],
  )) as (Omit<Said, "text"> & { content: Buffer | null })[];
  const texts = await inTenant(application.db, systemOf(org_id), (tx) =>
    openTexts(
      application.db,
      tx,
      rows.map((row) => ({ user_id: row.by, aad: aadOf("messages", "content", org_id, row.id), sealed: row.content })),
    ),
  );
  return rows.map(({ content: _content, ...row }, i) => ({ ...row, text: texts[i]! }));
}

/** But for whose first day it is: that moves into the seal where an open day before it is forgotten, as it moves out of it for late history. */
const sealedFigures = (org_id: number) =>
  Promise.all(
    [
      ["user_days", "day"],
      ["feature_usage", "usage_date"],
      ["daily_metrics", "metric_date"],
      ["(select * from day_users where kind <> 'first')", "day"],
      ["activity_hours", "day"],
    ].map(([table, day]) =>
      read(
        `select t::text from ${table} t join organizations o on o.id = $1
         where t.org_id = $1 and is_sealed(t.${day}, o) order by 1`,
        [org_id],
      ),
    ),
  );

const scenario = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  /** First sealed day and how many, in days after the history's begin. */
  seal: fc.option(fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 1, max: 4 }))),
  /** Where the organisation moves once that is sealed. */
  zone: fc.option(fc.constantFrom("Pacific/Honolulu", "Pacific/Kiritimati"), { freq: 1 }),
  limit: fc.constantFrom(1, 2, 4, 1_000),
  /** After which of the places where a fault would hurt the process dies; and whether a rollup comes in between. */
  deaths: fc.uniqueArray(fc.integer({ min: 1, max: 25 }), { maxLength: 5 }),
  rollups: fc.boolean(),
});

test(
  "whoever is erased, however often that is cut off, figures end as a recount, sealed days stay, and others keep their words",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        history.filter(isSettled),
        delivery,
        scenario,
        async (h, how, { who, seal, zone, limit, deaths, rollups }) => {
          const org_id = await deliver(application.db, h, how);
          await speak(org_id, h);
          const now = afterAll(h);
          const system = systemOf(org_id);
          await rollupOrganization(application.db, system, { now });
          if (seal) {
            await test_.pool.query(
              `update organizations o set sealed_from = day_start(d.first + $2::int, time_zone), sealed_before = day_start(d.first + $2::int + $3::int, time_zone)
             from (select ($4::timestamptz at time zone time_zone)::date as first from organizations where id = $1) d where o.id = $1`,
              [org_id, seal[0], seal[1], h.begin],
            );
            // Sessions over its beginning are from before there was one: they end there, once they are derived again.
            await test_.pool.query(
              `insert into ops.dirty_log (org_id, day, n, received_at)
               select d.org_id, d.day, d.n, '-infinity' from user_days d join organizations o on o.id = d.org_id
               where d.org_id = $1 and not is_sealed(d.day, o)`,
              [org_id],
            );
            await rollupOrganization(application.db, system, { now });
          }
          if (zone !== null) {
            const { backfill } = await setTimeZone(application.db, system, { timezone: zone }, now);
            await runToEnd(application.db, org_id, backfill!.id, now);
          }
          const email = `person${who}@history.example`;
          const [user] = await read("select id, n from users where org_id = $1 and email = $2", [org_id, email]);
          const [before, figures] = [await readMessages(org_id), await sealedFigures(org_id)];

          await askAtOnce(application.db, org_id, user.id, email, now);
          const ledger = memoryLedger();
          let places = 0;
          const reached = () => {
            if (deaths.includes(++places)) throw new Error("killed");
          };
          const erase = async (): Promise<void> => {
            try {
              await eraseDue(application.db, system, { now, ledger, limit, reached });
            } catch (error) {
              if (!(error instanceof Error && error.message === "killed")) throw error;
              if (rollups) await rollupOrganization(application.db, system, { now });
              await erase();
            }
          };
          await erase();
          await rollupOrganization(application.db, system, { now });

          const differences: Difference[] = [];
          for await (const one of verifyOrganization(application.db, system, { now })) differences.push(one);
          expect(differences).toEqual([]);
          expect(await sealedFigures(org_id)).toEqual(figures);

          const after = new Map((await readMessages(org_id)).map((message) => [message.id, message]));
          for (const message of before) {
            const left = after.get(message.id);
            if (message.sender_type === "user" && message.by !== user.id) expect(left).toEqual(message);
            // A row that stays keeps its time, length and place.
            else if (left) expect(left).toMatchObject({ at: message.at, conversation_id: message.conversation_id });
            if (left && message.sender_type === "user" && message.by === user.id)
              expect(left).toMatchObject({ by: null, text: null });
          }
          const [left] = await read(
            `select (select count(*) from users where org_id = $1 and id = $2) + (select count(*) from user_keys where org_id = $1 and user_id = $2)
            + (select count(*) from activities where org_id = $1 and user_id = $2) + (select count(*) from sessions where org_id = $1 and user_id = $2)
            + (select count(*) from messages where org_id = $1 and user_id = $2) + (select count(*) from feature_events where org_id = $1 and user_id = $2)
            + (select count(*) from twins where org_id = $1 and user_id = $2) + (select count(*) from user_retention where org_id = $1 and n = $3)
            + (select count(*) from shared_twin_interactions where org_id = $1 and $2 in (accessing_user_id, twin_owner_id)) as rows`,
            [org_id, user.id, user.n],
          );
          expect(Number(left.rows)).toBe(0);
          expect(ledger.entries).toMatchObject([{ user_id: user.id }]);
          // Each activity with its detail, and whoever isn't the twin's owner with the row of a shared use.
          const odd = await read(
            `select a.id from activities a left join twins t on t.org_id = $1 and t.id = a.twin_id
             left join shared_twin_interactions i on i.org_id = $1 and i.activity_id = a.id
           where a.org_id = $1 and (i.activity_id is null) <> (t.user_id is not distinct from a.user_id) and a.activity_type <> 'shared'`,
            [org_id],
          );
          expect(odd).toEqual([]);
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 12), interruptAfterTimeLimit: 90_000, endOnFailure: true },
    );
  },
);
