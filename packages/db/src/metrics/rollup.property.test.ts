import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { deliver, delivery, isSettled } from "../../test/figures/deliver.ts";
import { afterAll, history } from "../../test/figures/history.ts";
import { figuresOf } from "../../test/figures/reference.ts";
import { storedFigures } from "../../test/figures/stored.ts";
import { storedSums, sumsOf } from "../../test/figures/sums.ts";
import { useApplication } from "../../test/ingesting.ts";
import { type Difference, verifyOrganization } from "./verify.ts";

const test_ = useDatabase();
const application = useApplication(test_);

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
        const org_id = await deliver(application.db, h, how);
        const [stored, expected] = [await storedFigures(test_.pool, org_id), figuresOf(h)];
        const { daily: storedDaily, ...storedRest } = stored;
        const { daily: expectedDaily, ...expectedRest } = expected;
        expect(storedRest).toEqual(expectedRest);
        expect(await storedSums(test_.pool, org_id)).toEqual(sumsOf(expected));
        // Days of installations alone have a row too.
        expect(storedDaily).toMatchObject(expectedDaily);
        expect(await verified(org_id, afterAll(h))).toEqual([]);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 25), interruptAfterTimeLimit: 90_000, endOnFailure: true },
    );
  },
);
