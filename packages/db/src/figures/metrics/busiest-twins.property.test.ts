import { randomUUID } from "node:crypto";
import { addDays, monthOf } from "@twin/contracts/calendar";
import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { makeOrganization, makePerson } from "../../../test/rows.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { readBreakdowns } from "./breakdowns.ts";
import { storeTwinMonths } from "../months/store.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

const people = 14;
const first = "2025-11-20";
const now = new Date("2026-12-01T12:00:00Z");
/** Days on which months begin and end, after `first`: what lies at an edge of the whole months of a range is easily missed. */
const edges = Array.from({ length: 121 }, (_, day) => day).filter((day) =>
  [addDays(first, day), addDays(first, day + 1)].some((on) => on.endsWith("-01")),
);
const day = fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constantFrom(...edges));
const range = fc
  .tuple(day, fc.oneof({ weight: 1, arbitrary: day }, { weight: 2, arbitrary: fc.constantFrom(...edges) }))
  .map(([a, b]) => ({ start: Math.min(a, b), days: Math.abs(a - b) + 1 }));
/** Twins above the number of people are gone; where nobody does much at once there are many ties, else few do much. */
const factOf = (most: number) =>
  fc.record({
    twin: fc.integer({ min: 0, max: people + 1 }),
    day,
    activities: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: Math.min(most, 4) }) },
      fc.integer({ min: 1, max: most }),
    ),
  });
const facts = fc.constantFrom(1, 2, 40).chain((most) => fc.array(factOf(most), { maxLength: most === 40 ? 150 : 50 }));

test(
  "the busiest twins of a range, found by their months, are those of a plain recount",
  { timeout: 180_000 },
  async () => {
    let slug = 0;
    await fc.assert(
      fc.asyncProperty(facts, fc.array(range, { minLength: 4, maxLength: 6 }), async (facts, ranges) => {
        const org_id = await makeOrganization(database.pool, `busiest-${slug++}`);
        const actor: Actor = systemOf(org_id);
        const twins: string[] = [];
        for (let i = 0; i < people; i++) twins.push((await makePerson(database.pool, org_id, `p${i % 3}`)).twin_id);
        twins.push(randomUUID(), randomUUID());
        const { rows: known } = await database.pool.query<{ id: string; name: string }>(
          "select id, name from twins where org_id = $1",
          [org_id],
        );
        const nameOf = new Map(known.map(({ id, name }) => [id, name]));
        await database.pool.query(
          `insert into user_days (org_id, day, n, twin_id, platform, conversations, shared_activities)
           select $1, day, no, twin, 'web', activities - activities / 3, activities / 3
           from unnest($2::date[], $3::uuid[], $4::int[]) with ordinality f (day, twin, activities, no)`,
          [
            org_id,
            facts.map(({ day }) => addDays(first, day)),
            facts.map(({ twin }) => twins[twin]),
            facts.map(({ activities }) => activities),
          ],
        );
        const months = facts.map(({ twin, day }) => ({
          twin: twins[twin]!,
          month: monthOf(addDays(first, day)),
        }));
        const distinct = [...new Map(months.map((one) => [`${one.twin} ${one.month}`, one])).values()];
        await inTenant(application.db, actor, (tx) =>
          storeTwinMonths(
            tx,
            distinct.map(({ twin }) => twin),
            distinct.map(({ month }) => month),
          ),
        );
        for (const { start, days } of ranges) {
          const sums = new Map<string, number>();
          for (const { twin, day, activities } of facts) {
            if (day < start || day >= start + days || !nameOf.has(twins[twin]!)) continue;
            sums.set(twins[twin]!, (sums.get(twins[twin]!) ?? 0) + activities);
          }
          const expected = [...sums]
            .map(([id, activities]) => ({ id, name: nameOf.get(id)!, activities }))
            .sort((a, b) => b.activities - a.activities || (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1))
            .slice(0, 5);
          const range = { start_date: addDays(first, start), end_date: addDays(first, start + days - 1) };
          expect((await readBreakdowns(application.db, actor, range, now)).twins).toEqual(expected);
        }
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 12), endOnFailure: true },
    );
  },
);
