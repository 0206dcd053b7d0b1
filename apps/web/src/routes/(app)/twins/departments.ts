import type { SharingAnswer } from "@twin/contracts/twins";
import { noValue } from "@twin/contracts/vocabulary";
import { count, sharesOf } from "@twin/wording/format";
import { departmentName } from "@twin/wording/names";
import type { Params } from "#lib/links.ts";

/** More departments than this become one. */
const most = 8;
const rest = "Other";

export type Matrix = {
  /** Departments, the busiest first, as rows (asking) and columns (owning). */
  names: string[];
  /** Which departments stand behind each of them. */
  departments: string[][];
  /** How often `names[row]` asked twins of `names[column]`. */
  cells: number[][];
  /** Asked other departments, and asked by them. */
  asks: number[];
  asked: number[];
  /** Place of the row and column that stand for several departments, which may ask each other; -1 without one. */
  other: number;
  /** Within one department. */
  within: number;
  highest: number;
};

/** Who asks whose twin, department by department; what stays inside one is counted apart. */
export function matrixOf(departments: SharingAnswer["departments"]): Matrix {
  const busy = new Map<string, number>();
  for (const { asking, owning, interactions } of departments) {
    busy.set(asking, (busy.get(asking) ?? 0) + interactions);
    if (owning !== asking) busy.set(owning, (busy.get(owning) ?? 0) + interactions);
  }
  const ranked = [...busy].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  const kept = ranked.length > most ? ranked.slice(0, most - 1) : ranked;
  const names = [...kept.map(departmentName), ...(ranked.length > most ? [rest] : [])];
  const placeOf = (department: string) => (kept.includes(department) ? kept.indexOf(department) : names.length - 1);
  const cells = names.map(() => names.map(() => 0));
  let within = 0;
  for (const { asking, owning, interactions } of departments) {
    const [row, column] = [placeOf(asking), placeOf(owning)];
    if (asking === owning) within += interactions;
    else cells[row]![column]! += interactions;
  }
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  return {
    names,
    departments: [...kept.map((name) => [name]), ...(ranked.length > most ? [ranked.slice(kept.length)] : [])],
    cells,
    asks: cells.map(sum),
    asked: names.map((_, column) => sum(cells.map((row) => row[column]!))),
    other: ranked.length > most ? names.length - 1 : -1,
    within,
    highest: Math.max(0, ...cells.flat()),
  };
}

/** "Customer Ops asks Engineering most, 44 times. Legal is asked most often, 36 times, and asks others 7 times." */
export function departmentsSentence({ names, cells, asks, asked, other, highest }: Matrix): string {
  if (highest === 0) return "No one asked a twin of another department.";
  const times = (value: number) => (value === 1 ? "once" : `${count(value)} times`);
  // Several departments together are no one in particular.
  const pairs = cells
    .flatMap((values, row) => values.map((value, column) => ({ value, row, column })))
    .filter(({ value, row, column }) => value > 0 && row !== other && column !== other)
    .sort((a, b) => b.value - a.value);
  const first = pairs[0];
  if (!first) return "Only smaller departments asked twins of others.";
  const favourite = asked.indexOf(Math.max(...asked.filter((_, at) => at !== other)));
  return (
    `${names[first.row]} asks ${names[first.column]} most, ${times(first.value)}. ` +
    `${names[favourite]} is asked most often, ${times(asked[favourite]!)}, and asks ` +
    `${asks[favourite] === 0 ? "no one" : `others ${times(asks[favourite]!)}`}.`
  );
}

/**
 * The filter of the activities that a cell, or without a column a whole row, counts; null where an address can't say
 * it, because it parts names by commas.
 */
export function askedOf({ departments, other }: Matrix, row: number, column?: number): Params | null {
  const asking = departments[row]!;
  const owning = column === undefined ? [] : departments[column]!;
  if ([...asking, ...owning].some((name) => name.includes(","))) return null;
  const list = (names: string[]) => names.map((name) => name || noValue).join(",");
  const across = column === undefined || (row === other && column === other);
  return {
    feature: "shared_interaction",
    department: list(asking),
    ...(owning.length && { owner_department: list(owning) }),
    ...(across && { same_department: "no" }),
  };
}

/** The same for what stays within one department. */
export const withinOf: Params = { feature: "shared_interaction", same_department: "yes" };

/** The share of each twin in what its department asks, said so that a department's twins sum to 100 with all others. */
export function dependenceShares(dependence: SharingAnswer["dependence"]): string[] {
  const said: string[] = [];
  for (const department of new Set(dependence.map((one) => one.department))) {
    const places = dependence.flatMap((one, at) => (one.department === department ? [at] : []));
    const asked = places.map((at) => dependence[at]!.interactions);
    const { interactions, share } = dependence[places[0]!]!;
    const others = Math.round(interactions / share) - asked.reduce((sum, one) => sum + one, 0);
    const shares = sharesOf([...asked, others]);
    places.forEach((place, at) => (said[place] = shares[at]!));
  }
  return said;
}

/** One of six steps of heat; zero has its own. */
export const cellHeat = (value: number, highest: number): number =>
  value === 0 || highest === 0 ? 0 : 1 + Math.min(5, Math.floor((value / highest) * 5.999));
