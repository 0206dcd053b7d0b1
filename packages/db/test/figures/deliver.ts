import fc from "fast-check";
import type { Database } from "../../src/connect.ts";
import { rollupOrganization } from "../../src/metrics/rollup.ts";
import { makeSender } from "../ingesting.ts";
import { afterAll, type History, recordsOf } from "./history.ts";
import { isAmbiguous } from "./sessions.ts";

/**
 * How the records come in: in which order, in how many batches, which twice, which sessions (bit by bit) also as they were
 * before their end and twin were known, and after which the figures are brought up to date.
 */
export const delivery = fc.record({
  seed: fc.integer(),
  batches: fc.integer({ min: 1, max: 6 }),
  again: fc.array(fc.nat(), { maxLength: 4 }),
  opened: fc.integer({ min: 0, max: 15 }),
  rollups: fc.integer({ min: 0, max: 63 }),
});

/** Two sessions hold one moment, or two first messages share a time: which counts is not said. */
export function isSettled(h: History): boolean {
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

export async function deliver(
  db: Database,
  h: History,
  how: { seed: number; batches: number; again: number[]; opened: number; rollups: number },
): Promise<number> {
  const sender = await makeSender(db, h.zone);
  const system = { kind: "system", org_id: sender.org_id, job: "test", request_id: "test" } as const;
  const rollup = () => rollupOrganization(db, system, { now: afterAll(h) });
  const records = recordsOf(h);
  const opened = records.filter(({ type }) => type === "session").filter((_, i) => (how.opened >> i) & 1);
  let waiting = shuffled(
    [
      ...records,
      ...how.again.map((index) => records[index % records.length]!),
      ...opened.map(({ ended_at: _end, twin: _twin, ...session }) => session),
    ],
    how.seed,
  );
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
