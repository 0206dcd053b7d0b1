import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { afterAll, type History, history, recordsOf } from "../../test/figures/history.ts";
import { figuresOf, isAmbiguous } from "../../test/figures/reference.ts";
import { storedFigures } from "../../test/figures/stored.ts";
import { makeSender, useApplication } from "../../test/ingesting.ts";
import { rollupOrganization } from "./rollup.ts";
import { type Difference, verifyOrganization } from "./verify.ts";

const test_ = useDatabase();
const application = useApplication(test_);

/** How the records come in: in which order, in how many batches, which twice, and after which the figures are brought up to date. */
const delivery = fc.record({
  seed: fc.integer(),
  batches: fc.integer({ min: 1, max: 6 }),
  again: fc.array(fc.nat(), { maxLength: 4 }),
  rollups: fc.integer({ min: 0, max: 63 }),
});

/** Two sessions hold one moment, or two first messages share a time: which counts is not said. */
function isSettled(h: History): boolean {
  const overlapping = h.sessions.some((a, i) =>
    h.sessions.some((b, j) => i < j && a.user === b.user && a.platform === b.platform),
  );
  return !overlapping && !h.activities.some(isAmbiguous);
}

const shuffled = <T>(all: readonly T[], seed: number): T[] => {
  let state = seed >>> 0 || 1;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return all
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
};

async function deliver(
  h: History,
  how: { seed: number; batches: number; again: number[]; rollups: number },
): Promise<number> {
  const sender = await makeSender(application.db, h.zone);
  const system = { kind: "system", org_id: sender.org_id, job: "test", request_id: "test" } as const;
  const rollup = () => rollupOrganization(application.db, system, { now: afterAll(h) });
  const records = recordsOf(h);
  let waiting = shuffled([...records, ...how.again.map((index) => records[index % records.length]!)], how.seed);
  for (let round = 0; waiting.length > 0; round++) {
    if (round > 6) throw new Error(`never accepted: ${JSON.stringify(waiting[0])}`);
    const left: typeof waiting = [];
    const size = Math.ceil(waiting.length / how.batches);
    for (let first = 0; first < waiting.length; first += size) {
      const batch = waiting.slice(first, first + size);
      const { rejected } = await sender.send(batch, { now: afterAll(h) });
      for (const { index, code, message } of rejected) {
        if (!code.startsWith("UNKNOWN_")) throw new Error(`${code}: ${message}`);
        left.push(batch[index]!);
      }
      if ((how.rollups >> (first % 6)) & 1) await rollup();
    }
    waiting = left;
  }
  await rollup();
  return sender.org_id;
}

const verified = async (org_id: number, now: Date): Promise<Difference[]> => {
  const differences: Difference[] = [];
  const actor = { kind: "system", org_id, job: "test", request_id: "test" } as const;
  for await (const difference of verifyOrganization(application.db, actor, { now })) differences.push(difference);
  return differences;
};

test(
  "late, shuffled, split and repeated records end in the figures of a plain recount",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(history.filter(isSettled), delivery, async (h, how) => {
        const org_id = await deliver(h, how);
        const [stored, expected] = [await storedFigures(test_.pool, org_id), figuresOf(h)];
        const { daily: storedDaily, ...storedRest } = stored;
        const { daily: expectedDaily, ...expectedRest } = expected;
        expect(storedRest).toEqual(expectedRest);
        // Days of installations alone have a row too.
        expect(storedDaily).toMatchObject(expectedDaily);
        expect(await verified(org_id, afterAll(h))).toEqual([]);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 25) },
    );
  },
);
