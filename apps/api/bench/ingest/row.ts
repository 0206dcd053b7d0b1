import { type Behind, untilCurrent, watchBehind } from "@twin/db/bench/behind";
import type { Crowd } from "@twin/db/bench/crowd";
import { summarise } from "@twin/db/bench/timing";
import { countOf } from "./bodies.ts";
import { drive, type Load } from "./drive.ts";
import type { Cpu, Product } from "./product.ts";

/** What a load came to. */
export type Row = {
  name: string;
  /** Records a second, and what the same tables take by bare INSERT or COPY. */
  per_second: number;
  limit: number | null;
  /** Milliseconds of a request. */
  p50: number;
  p99: number;
  /** Milliseconds of CPU for 1,000 records, until figures were current. */
  cpu: Cpu & { driver: number };
  behind: Behind;
  /** Seconds from the first request, and from the last answer, until figures were current; null: they were not in time. */
  current: number | null;
  current_after: number | null;
  api_peak_mb: number | null;
};

export type Work = Omit<Load, "url" | "key" | "people" | "name">;

let loads = 0;

/** Sends a load of an organisation's people, and waits until its figures are current. */
export async function measureRow(
  product: Product,
  crowd: Crowd,
  name: string,
  work: Work,
  people = crowd.people,
): Promise<Row> {
  const { databaseUrl, url } = product;
  const stopWatching = await watchBehind(databaseUrl, crowd.org_id);
  product.forgetPeak();
  const before = product.cpu();
  const begun = performance.now();
  const load = { ...work, url, key: crowd.key, people, name: `b${Date.now().toString(36)}-${loads++}` };
  const sent = await drive(load);
  const sending = (performance.now() - begun) / 1_000;
  const behind = await stopWatching();
  const current_after = await untilCurrent(databaseUrl, crowd.org_id);
  const after = product.cpu();
  const records = sent.sent * countOf(work.kind);
  const per1000 = (part: keyof Cpu) =>
    before[part] === null || after[part] === null ? null : ((after[part] - before[part]) * 1_000) / records;
  const { p50, p99 } = summarise(sent.times);
  return {
    name,
    per_second: (sent.counted * countOf(work.kind)) / sent.seconds,
    limit: null,
    p50,
    p99,
    cpu: {
      api: per1000("api"),
      worker: per1000("worker"),
      postgres: per1000("postgres"),
      driver: (sent.cpu * 1_000) / records,
    },
    behind,
    current: current_after === null ? null : sending + current_after,
    current_after,
    api_peak_mb: product.peakOfApi(),
  };
}

/** Each number of rows that were measured several times, as its median; null where one of them is. */
export function medianRow(rows: readonly Row[]): Row {
  const median = (pick: (row: Row) => number | null): number | null => {
    const values = rows.map(pick);
    return values.includes(null) ? null : summarise(values as number[]).p50;
  };
  const sure = (pick: (row: Row) => number): number => median(pick)!;
  return {
    name: rows[0]!.name,
    per_second: sure((row) => row.per_second),
    limit: median((row) => row.limit),
    p50: sure((row) => row.p50),
    p99: sure((row) => row.p99),
    cpu: {
      api: median((row) => row.cpu.api),
      worker: median((row) => row.cpu.worker),
      postgres: median((row) => row.cpu.postgres),
      driver: sure((row) => row.cpu.driver),
    },
    behind: {
      max: sure((row) => row.behind.max),
      end: sure((row) => row.behind.end),
      within_5s: sure((row) => row.behind.within_5s),
    },
    current: median((row) => row.current),
    current_after: median((row) => row.current_after),
    api_peak_mb: median((row) => row.api_peak_mb),
  };
}
