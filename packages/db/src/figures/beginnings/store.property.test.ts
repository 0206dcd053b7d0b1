import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { deliver, delivery, isSettled } from "../../../test/figures/deliver.ts";
import { afterAll, undated } from "../../../test/figures/history.ts";
import { figuresOf } from "../../../test/figures/reference.ts";
import { storedFigures } from "../../../test/figures/stored.ts";
import { useApplication } from "../../../test/ingesting.ts";

const database = useDatabase();
const application = useApplication(database);

test(
  "in whatever order records come, who and what came without a beginning has that of a plain recount",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(undated.filter(isSettled), delivery, fc.boolean(), async (h, given, isAtOnce) => {
        const how = isAtOnce ? { ...given, rollups: 0, last: [] } : given;
        const org_id = await deliver(application.db, h, how);
        expect(await differences(application.db, org_id, afterAll(h))).toEqual([]);
        // A beginning only moves earlier: what looked like one in between may stay.
        if (isAtOnce) {
          const { daily } = await storedFigures(database.pool, org_id);
          expect(daily).toMatchObject(figuresOf(h).daily);
        }
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 20), interruptAfterTimeLimit: 90_000, endOnFailure: true },
    );
  },
);
