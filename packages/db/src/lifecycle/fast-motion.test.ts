import { addDays } from "@twin/contracts/calendar";
import { expect, test } from "vitest";
import { differences, runToEnd } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { digestAggregates, makeCast, tell, visits } from "../../test/figures/fast-motion.ts";
import { storedFigures } from "../../test/figures/stored.ts";
import { type Sender, useApplication } from "../../test/ingesting.ts";
import { hold } from "../../test/lifecycle.ts";
import { inTenant } from "../tenancy/actor.ts";
import { setTimeZone } from "../figures/backfills/set-time-zone.ts";
import { cutOf } from "../policies/cuts.ts";
import { runLifecycle } from "./run.ts";
import { advanceSeal } from "./seal.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

const summarise = async () => ({ text: "They planned.", model: null });

const begin = new Date("2023-11-01T00:00:00Z");
const dayMs = 86_400_000;
/** Days on which policies act: changes of clocks, a leap day and the end of a month among them. */
const nights = ["2024-02-29", "2024-11-03", "2025-10-26", "2026-03-31", "2026-11-22"];

/** Sessions, and until when they reach: their end, or the last activity that names an open one. */
const sessionsOf = async (org_id: number): Promise<{ email: string; at: string; until: string }[]> => {
  const { rows } = await database.pool.query<{ email: string; at: Date; until: Date }>(
    `select u.email, s.started_at as at, coalesce(s.ended_at, (
         select max(a.started_at) from activities a where a.org_id = s.org_id and a.session_id = s.id
       ), s.started_at) as until
     from sessions s join users u on u.org_id = s.org_id and u.id = s.user_id
     where s.org_id = $1 order by s.started_at, u.email`,
    [org_id],
  );
  return rows.map(({ email, at, until }) => ({ email, at: at.toISOString(), until: until.toISOString() }));
};

for (const { zone, moves, held } of [
  { zone: "Europe/Berlin", moves: [], held: null },
  {
    zone: "Australia/Lord_Howe",
    moves: ["Pacific/Honolulu", "Pacific/Kiritimati", "Asia/Kathmandu"],
    held: "person2@motion.example",
  },
]) {
  const name = [zone, ...moves].join(", then ");
  test(`three years in ${name}: policies act on their day, what is younger or held stays, and no figure moves`, async () => {
    const { db } = application;
    // Two organisations are told the same; one obeys policies, the other keeps all.
    const [kept, obeys] = [
      await makeCast(db, zone, begin.toISOString()),
      await makeCast(db, zone, begin.toISOString()),
    ];
    if (held) await hold(database.pool, obeys.org_id, held);
    const tellBoth = async (records: unknown[], now: Date) => {
      for (const sender of [kept, obeys]) await tell(db, sender, records, now);
    };
    const runAndLook = async (sender: Sender, now: Date) => {
      await tell(db, sender, [], now);
      const before = await digestAggregates(database.pool, sender.org_id);
      const outcome = await runLifecycle(db, systemOf(sender.org_id), { now, summarise });
      expect(outcome).toMatchObject({ status: "done", seal: { waits: null } });
      expect(await digestAggregates(database.pool, sender.org_id)).toEqual(before);
    };

    let here = zone;
    let from = begin;
    for (const [round, night] of nights.entries()) {
      const now = new Date(Date.parse(`${night}T12:00:00Z`));
      const quiet = new Date(now.getTime() - 9 * dayMs);
      await tellBoth(visits(from, quiet, 11, round + 1), quiet);
      from = quiet;
      // Many where the seal will end: days that it takes, and days beside it.
      const end = (days: number) => new Date(now.getTime() - (88 + days) * dayMs);
      for (const [at, label] of (moves.length > 0 ? ["a", "b", "c"] : []).entries())
        await tellBoth(visits(end(2), end(-2), 1, 50 + 10 * round + at, `${label}${round}-`), quiet);
      await runAndLook(obeys, now);

      const cut = await inTenant(db, systemOf(obeys.org_id), (tx) => cutOf(tx, "sessions", now));
      expect(cut.cut_day).toBe(addDays(new Intl.DateTimeFormat("en-CA", { timeZone: here }).format(now), -90));
      // One that reaches over the cut goes when that is past, too.
      const all = await sessionsOf(kept.org_id);
      expect(await sessionsOf(obeys.org_id)).toEqual(
        all.filter(({ email, until }) => until >= cut.cut || email === held),
      );

      // Late by weeks, between the seal and what came before: counted the same, whether or not the past is gone.
      const late = visits(
        new Date(now.getTime() - 80 * dayMs),
        new Date(now.getTime() - 20 * dayMs),
        17,
        100 + round,
        `late${round}-`,
      );
      await tellBoth(late, now);
      const timezone = moves[round];
      if (timezone === undefined) continue;
      here = timezone;
      await tell(db, kept, [], now);
      await advanceSeal(db, systemOf(kept.org_id), { now });
      for (const { org_id } of [kept, obeys]) {
        const { backfill } = await setTimeZone(db, systemOf(org_id), { timezone }, now);
        await runToEnd(db, org_id, backfill!.id, now);
        expect(await differences(db, org_id, now)).toEqual([]);
      }
    }
    const end = new Date(Date.parse(`${nights.at(-1)!}T12:00:00Z`) + 9 * dayMs);
    await tellBoth([], end);
    await runAndLook(obeys, end);
    const { sessions: _a, sessionOf: _b, ...figures } = await storedFigures(database.pool, obeys.org_id);
    const { sessions: _c, sessionOf: _d, ...expected } = await storedFigures(database.pool, kept.org_id);
    expect(figures).toEqual(expected);
    expect(await differences(db, obeys.org_id, end)).toEqual([]);
  }, 300_000);
}
