import type { Pairs } from "./store-facts.ts";
import { type Lane, laneWidth } from "./store-people.ts";

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
  /** Those of other days than `except`. */
  columns(except: ReadonlySet<string> = new Set()): Pairs {
    const pairs = [...this].filter(({ day }) => !except.has(day));
    return { ns: pairs.map(({ n }) => n), days: pairs.map(({ day }) => day) };
  }
  days(): Set<string> {
    return new Set([...this].map(({ day }) => day));
  }
  lanes(days: ReadonlySet<string>): Lane[] {
    return [...this].filter(({ day }) => days.has(day)).map(({ n, day }) => ({ day, lane: Math.floor(n / laneWidth) }));
  }
  people(): Set<number> {
    return new Set([...this].map(({ n }) => n));
  }
}
