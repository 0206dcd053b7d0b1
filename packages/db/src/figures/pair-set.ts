import type { Pairs } from "./facts/store.ts";
import { type BitmapChunk, bitmapChunkWidth } from "./bitmaps/define.ts";

/** Distinct (person, day). */
export class PairSet {
  readonly #pairs = new Map<string, { n: number; day: string }>();

  get size(): number {
    return this.#pairs.size;
  }
  add(n: number, day: string): void {
    this.#pairs.set(`${n} ${day}`, { n, day });
  }
  [Symbol.iterator](): Iterator<{ n: number; day: string }> {
    return this.#pairs.values();
  }
  columns(): Pairs {
    const pairs = [...this];
    return { ns: pairs.map(({ n }) => n), days: pairs.map(({ day }) => day) };
  }
  days(): Set<string> {
    return new Set([...this].map(({ day }) => day));
  }
  bitmapChunks(days: ReadonlySet<string>): BitmapChunk[] {
    return [...this]
      .filter(({ day }) => days.has(day))
      .map(({ n, day }) => ({ day, lane: Math.floor(n / bitmapChunkWidth) }));
  }
  people(days: ReadonlySet<string>): Set<number> {
    return new Set([...this].filter(({ day }) => days.has(day)).map(({ n }) => n));
  }
}
