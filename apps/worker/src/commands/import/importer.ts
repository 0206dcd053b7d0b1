import type { IngestAnswer, Rejection } from "@twin/contracts/ingest";
import type { Barrier, Item } from "./item.ts";
import type { Progress, Standing } from "./progress.ts";
import type { Rejects } from "./rejects.ts";
import { Spool, type Waiting } from "./spool.ts";
import { Warnings } from "./warnings.ts";

/** Sends one batch; throws only where the import can't go on. */
export type Send = (records: unknown[]) => Promise<IngestAnswer>;

/** Below the contract's limits, so that a batch is short work for the database and the bar moves. */
const batchRecords = 1_000;
const batchBytes = 1_000_000;
const inFlight = 2;

const isUnknown = ({ code }: Rejection) => code.startsWith("UNKNOWN_");
const isPart = ({ path }: Rejection) => path?.startsWith("conversation.messages[") ?? false;

interface Sent {
  index: number;
  bytes: number;
  record: unknown;
}

/** At most `inFlight` pieces of work at once; `idle` waits for all of them. Throws the error of the first that failed. */
class Lanes {
  private readonly busy = new Set<Promise<void>>();
  private failed: { error: unknown } | null = null;
  private readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Begins a piece of work once there is room for it; none after an abort. */
  async run(work: () => Promise<void>): Promise<void> {
    while (this.busy.size >= inFlight) await Promise.race(this.busy);
    this.check();
    if (this.signal.aborted) return;
    const lane: Promise<void> = work()
      .catch((error: unknown) => void (this.failed ??= { error }))
      .finally(() => this.busy.delete(lane));
    this.busy.add(lane);
  }

  async idle(): Promise<void> {
    await Promise.all(this.busy);
    this.check();
  }

  private check(): void {
    if (this.failed) throw this.failed.error;
  }
}

/**
 * Sends records in batches, two at a time. Records that refer to something unknown wait and are sent again until nothing
 * changes. Memory stays bounded whatever comes. An abort lets the batches in flight finish.
 */
export class Importer {
  readonly standing: Standing = { records: 0, accepted: 0, updated: 0, duplicates: 0, rejected: 0, waiting: 0 };
  readonly warnings = new Warnings();
  private readonly send: Send;
  private readonly rejects: Rejects;
  private readonly progress: Progress;
  private readonly signal: AbortSignal;
  private spool = new Spool();

  constructor(send: Send, rejects: Rejects, progress: Progress, signal: AbortSignal) {
    this.send = send;
    this.rejects = rejects;
    this.progress = progress;
    this.signal = signal;
  }

  /** Imports everything; the standing is the result. */
  async run(items: AsyncIterable<Item | Barrier>): Promise<void> {
    try {
      await this.first(items);
      while (this.spool.size > 0 && !this.signal.aborted && (await this.again()));
      if (this.signal.aborted) return;
      for await (const { record, unknown } of this.spool.records())
        for (const one of unknown) this.reject(one, { record });
      this.standing.waiting = 0;
    } finally {
      this.spool.close();
    }
  }

  private async first(items: AsyncIterable<Item | Barrier>): Promise<void> {
    const lanes = new Lanes(this.signal);
    let batch: Sent[] = [];
    let bytes = 0;
    const dispatch = async () => {
      const full = batch;
      [batch, bytes] = [[], 0];
      if (full.length === 0) return;
      // The first records are mostly those that the others refer to, so the first batch is sent alone.
      if (this.standing.records === 0) await this.sendFirst(full);
      else await lanes.run(() => this.sendFirst(full));
    };
    try {
      for await (const item of items) {
        if (this.signal.aborted) break;
        if ("barrier" in item) {
          await dispatch();
          await lanes.idle();
          continue;
        }
        if ("rejected" in item) {
          this.standing.records++;
          this.reject(item.rejected, { line: item.line });
          this.progress.show(this.standing);
          continue;
        }
        if (bytes + item.bytes > batchBytes) await dispatch();
        batch.push(item);
        bytes += item.bytes;
        if (batch.length >= batchRecords) await dispatch();
      }
      if (!this.signal.aborted) await dispatch();
    } finally {
      await lanes.idle();
    }
  }

  private async sendFirst(batch: Sent[]): Promise<void> {
    const answer = await this.send(batch.map(({ record }) => record));
    this.standing.records += batch.length;
    this.count(answer);
    for (const warning of answer.warnings) this.warnings.add({ ...warning, index: batch[warning.index]!.index });
    const waiting = new Map<number, Waiting>();
    for (const { index, ...rest } of answer.rejected) {
      const { index: line, record } = batch[index]!;
      const rejection = { index: line, ...rest };
      if (!isUnknown(rejection)) this.reject(rejection, { record });
      else if (waiting.has(line)) waiting.get(line)!.unknown.push(rejection);
      else waiting.set(line, { index: line, record, unknown: [rejection] });
    }
    for (const one of waiting.values()) this.spool.add(one);
    this.standing.waiting = this.spool.size;
    this.progress.show(this.standing);
  }

  /** Sends all waiting records once more. @returns whether anything was stored, so that another round may help */
  private async again(): Promise<boolean> {
    const before = this.spool;
    this.spool = new Spool();
    let changed = false;
    // Whole records are sent apart from records of which only a part is missing: only the former are still to be counted.
    const batches: Record<"whole" | "part", Waiting[]> = { whole: [], part: [] };
    const bytes = { whole: 0, part: 0 };
    const dispatch = async (kind: "whole" | "part") => {
      const full = batches[kind];
      [batches[kind], bytes[kind]] = [[], 0];
      if (full.length > 0 && (await this.sendAgain(full, kind === "whole"))) changed = true;
    };
    try {
      for await (const waiting of before.records()) {
        if (this.signal.aborted) break;
        const kind = waiting.unknown.every(isPart) ? "part" : "whole";
        const size = JSON.stringify(waiting.record).length;
        if (bytes[kind] + size > batchBytes) await dispatch(kind);
        batches[kind].push(waiting);
        bytes[kind] += size;
        if (batches[kind].length >= batchRecords) await dispatch(kind);
      }
      if (!this.signal.aborted) for (const kind of ["whole", "part"] as const) await dispatch(kind);
    } finally {
      before.close();
    }
    return changed;
  }

  private async sendAgain(batch: Waiting[], whole: boolean): Promise<boolean> {
    const answer = await this.send(batch.map(({ record }) => record));
    if (whole) this.count(answer);
    const left = new Map<number, Waiting>();
    for (const { index, ...rest } of answer.rejected) {
      const { index: line, record, unknown } = batch[index]!;
      const rejection = { index: line, ...rest };
      // Parts that were refused for another reason were reported the first time.
      if (!whole && !unknown.some(({ path }) => path === rejection.path)) continue;
      if (!isUnknown(rejection)) this.reject(rejection, { record });
      else if (left.has(line)) left.get(line)!.unknown.push(rejection);
      else left.set(line, { index: line, record, unknown: [rejection] });
    }
    for (const one of left.values()) this.spool.add(one);
    this.standing.waiting -= batch.length - left.size;
    this.progress.show(this.standing);
    const parts = (list: Iterable<Waiting>) => [...list].reduce((sum, { unknown }) => sum + unknown.length, 0);
    const counted = whole ? answer.accepted + answer.updated + answer.duplicates : 0;
    return counted > 0 || parts(left.values()) < parts(batch);
  }

  private count({ accepted, updated, duplicates }: IngestAnswer): void {
    this.standing.accepted += accepted;
    this.standing.updated += updated;
    this.standing.duplicates += duplicates;
  }

  private reject(rejection: Rejection, what: { record: unknown } | { line: string | null }): void {
    this.standing.rejected++;
    this.rejects.add(rejection, what);
  }
}
