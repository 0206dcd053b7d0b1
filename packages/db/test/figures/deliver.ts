import fc from "fast-check";
import type { Database } from "../../src/postgres/connect.ts";
import { markNewDay } from "../../src/figures/new-day.ts";
import { rollupOrganization } from "../../src/figures/rollup.ts";
import { makeSender } from "../ingesting.ts";
import { earlierOf, untilMinute } from "./earlier.ts";
import { afterAll, type History, instantOf, recordsOf } from "./history.ts";
import { isAmbiguous } from "./sessions.ts";
import { systemOf } from "../actors.ts";

/**
 * How the records come in: in which order, in how many batches, which twice, which (bit by bit) also as they were before all
 * of them was known, and after which the figures are brought up to date. Those that come `last` come one by one, over
 * figures that are up to date: nothing but them has their days computed.
 */
export const delivery = fc.record({
  seed: fc.integer(),
  batches: fc.integer({ min: 1, max: 6 }),
  again: fc.array(fc.nat(), { maxLength: 4 }),
  opened: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 65_535 })),
  rollups: fc.integer({ min: 0, max: 63 }),
  last: fc.array(fc.record({ at: fc.nat(), isRevised: fc.boolean() }), { maxLength: 5 }),
});
type Delivery = {
  seed: number;
  batches: number;
  again: number[];
  opened: number;
  rollups: number;
  last: { at: number; isRevised: boolean }[];
};
type Sent = Record<string, unknown>;

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

/** A look at the figures in the middle of a history: after so many minutes, at what is known by then. */
export type Look = { minute: number; look(org_id: number, known: History, now: Date): Promise<void> };

export async function deliver(db: Database, h: History, how: Delivery, meanwhile?: Look): Promise<number> {
  const sender = await makeSender(db, h.zone);
  const system = systemOf(sender.org_id);
  const rollup = (now = afterAll(h)) => rollupOrganization(db, system, { now });
  if (meanwhile) {
    const { known, records } = untilMinute(h, meanwhile.minute);
    const now = new Date(instantOf(h, meanwhile.minute));
    const { rejected } = await sender.send(records, { now });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
    await rollup(now);
    await meanwhile.look(sender.org_id, known, now);
    // As each midnight does: days that are over since then count.
    await markNewDay(db, system, afterAll(h));
  }
  const { records, revised, earlier } = revisedOf(h, how);
  const events = records.filter(({ type }) => type !== "user" && type !== "twin");
  const pick = (all: readonly Sent[], at: number) => all[at % all.length]!;
  const last = new Set(
    how.last.map(({ at, isRevised }) => pick(isRevised && revised.length > 0 ? revised : events, at)),
  );
  const isDue = (record: Sent) => !last.has(record);

  /** @returns those that wait for others */
  async function send(waiting: Sent[]): Promise<Sent[]> {
    const left: Sent[] = [];
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
    return left.length > 0 && left.length < waiting.length ? send(left) : left;
  }

  let left = await send(
    shuffled(
      [...records.filter(isDue), ...how.again.map((at) => pick(records, at)).filter(isDue), ...earlier],
      how.seed,
    ),
  );
  for (const one of shuffled([...last], how.seed)) {
    await rollup();
    left = await send([one, ...left]);
  }
  if (left.length > 0) throw new Error(`never accepted: ${JSON.stringify(left[0])}`);
  await rollup();
  return sender.org_id;
}

/** The records of a history, those of them that `opened` names by bits, and what was told of these before. */
function revisedOf(h: History, { opened, seed }: Delivery) {
  const [revised, earlier]: [Sent[], Sent[]] = [[], []];
  const records = recordsOf(h).map((record, i): Sent => {
    const before = (opened >> (i % 16)) & 1 ? earlierOf(record, (opened >> 5) + (seed ^ (i * 7))) : null;
    if (before === null) return record;
    earlier.push({ ...before, updated_at: instantOf(h, 1) });
    const now = { ...record, updated_at: instantOf(h, 2) };
    revised.push(now);
    return now;
  });
  return { records, revised, earlier };
}
