import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, people, useApplication } from "../../../test/ingesting.ts";
import { keep } from "../../../test/lifecycle.ts";
import { runLifecycle } from "../../lifecycle/run.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const summarise = async () => ({ text: "They planned.", model: null });

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const begin = Date.parse("2026-03-09T00:00:00Z");

/** Pauses of one person, seldom long enough to begin a new row, and of which two rows may lie in one day. */
const row = fc.record({
  first: fc.integer({ min: 0, max: 1_439 }),
  pauses: fc.array(
    fc.oneof(
      { weight: 400, arbitrary: fc.integer({ min: 5, max: 30 }) },
      { weight: 1, arbitrary: fc.integer({ min: 31, max: 300 }) },
    ),
    { minLength: 250, maxLength: 330 },
  ),
  /** Moments of one conversation; the others are queries. */
  together: fc.integer({ min: 1, max: 40 }),
  /** Days of the seal after the row's first one, in the order of the runs. */
  nights: fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 2, maxLength: 4 }),
  /** A moment that comes late, behind the last seal, in minutes after it; none where it lies behind the row. */
  late: fc.integer({ min: 0, max: 2_000 }),
});

/** The records of a row: conversations of some moments each, with queries between them. */
function recordsOf(moments: readonly number[], together: number): unknown[] {
  const at = (index: number) => new Date(moments[index]!).toISOString();
  const records: unknown[] = [];
  for (let index = 0; index < moments.length; index += together + 1) {
    const of = { type: "activity", user: "u1", twin: "t1", platform: "slack", started_at: at(index) };
    records.push({ ...of, external_id: `q${index}`, activity_type: "query", query: { query_text: "Where?" } });
    const rest = moments.slice(index + 1, index + 1 + together);
    if (rest.length === 0) continue;
    const messages = rest.map((_, i) => ({
      external_id: `m${index + 1 + i}`,
      sender_type: "user",
      content: "And then?",
      created_at: at(index + 1 + i),
    }));
    const conversation = { title: "On and on", messages };
    const started_at = at(index + 1);
    records.push({ ...of, started_at, external_id: `c${index}`, activity_type: "conversation", conversation });
  }
  return records;
}

test(
  "whatever of an unbroken row of days was sealed and purged, its sessions are the same and nothing differs",
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(row, async ({ first, pauses, together, nights, late }) => {
        const { db } = application;
        const sender = await makeSender(db);
        const actor = systemOf(sender.org_id);
        for (const kind of ["sessions", "messages"] as const) await keep(database.pool, sender.org_id, kind, 90);
        const moments = [begin + first * minuteMs];
        for (const pause of pauses) moments.push(moments.at(-1)! + pause * minuteMs);
        const sentAt = new Date(moments.at(-1)!);
        const { rejected } = await sender.send([...people, ...recordsOf(moments, together)], { now: sentAt });
        expect(rejected).toEqual([]);
        await rollupOrganization(db, actor, { now: sentAt });
        const open = async () => {
          const { rows } = await database.pool.query<{ line: string }>(
            `select s.started_at || ' ' || s.ended_at || ' ' || s.interaction_count || ' ' || (
               select count(*) from activities a where a.org_id = s.org_id and a.session_id = s.id
             ) as line
             from sessions s join organizations o on o.id = s.org_id
             where s.org_id = $1 and s.started_at >= coalesce(o.sealed_before, '-infinity') order by s.id`,
            [sender.org_id],
          );
          return rows.map(({ line }) => line);
        };
        const all = await open();

        let now = sentAt;
        for (const night of nights.toSorted((a, b) => a - b)) {
          now = new Date(begin + (90 + night) * dayMs + 12 * 60 * minuteMs);
          expect(await runLifecycle(db, actor, { now, summarise })).toMatchObject({ status: "done" });
          expect(await differences(db, sender.org_id, now)).toEqual([]);
          await database.pool.query(
            `insert into ops.dirty_log (org_id, day, n)
             select $1, d::date, 1 from generate_series($2::date, $2::date + 8, interval '1 day') d`,
            [sender.org_id, new Date(begin)],
          );
          await rollupOrganization(db, actor, { now });
          const left = await open();
          expect(left).toEqual(left.length === 0 ? [] : all.slice(-left.length));
          expect(await differences(db, sender.org_id, now)).toEqual([]);
        }
        const { rows } = await database.pool.query<{ sealed: Date | null }>(
          "select sealed_before as sealed from organizations where id = $1",
          [sender.org_id],
        );
        const at = (rows[0]!.sealed?.getTime() ?? begin) + late * minuteMs;
        if (at > moments.at(-1)!) return;
        const query = { type: "activity", user: "u1", twin: "t1", platform: "slack", activity_type: "query" };
        await sender.send([{ ...query, external_id: "late", started_at: new Date(at).toISOString() }], { now });
        await rollupOrganization(db, actor, { now });
        expect(await differences(db, sender.org_id, now)).toEqual([]);
      }),
      {
        numRuns: Number(process.env["PROPERTY_RUNS"] ?? 5),
        interruptAfterTimeLimit: 180_000,
        endOnFailure: true,
      },
    );
  },
);
