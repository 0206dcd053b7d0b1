import { count, inPoints, percentAt } from "./format.ts";

/** What a figure counts: things, or a share with its base. */
export type Unit = "count" | "share";

/** One side of a comparison; a share says of how many it is, and has no value where there were none. */
export type Side = { value: number | null; of?: number };

/** A number of finished days beside its counterpart. */
export type Compared = {
  unit: Unit;
  /** The range or bucket holds today, so `now` counts until yesterday and the figure itself may be higher. */
  holdsToday: boolean;
  /** Null where no day is over yet. */
  now: Side | null;
  before: Side;
};

/** A change in words, with the two numbers that it was made from. */
export type Change = {
  /** Null where the two sides can't be told apart in more or less: today only, or nothing on one of them. */
  direction: "up" | "down" | "same" | null;
  /** "+4 %", "same", "none before", "fell by more than 99 %", "today so far" */
  amount: string;
  /** "more", "fewer", "better", "worse"; nothing where the amount says it all. */
  word: string;
  /** "80 until yesterday, was 77", in pieces, because each number may lead to what it counts. */
  pair: Piece[];
  /** Growth as a fraction of the number before, or the difference of two shares; unrounded, null where there is none. */
  exact: number | null;
};

/** A piece of text; with a side, it is that side's number. */
export type Piece = { text: string; side?: "now" | "before" };

const space = "\u00a0";
const until = " until yesterday";

/** "86 % of 400", "80" */
function sideText(unit: Unit, { value, of }: Side, digits = 0): string {
  if (unit === "count") return count(value ?? 0);
  return value === null
    ? "no answers"
    : `${percentAt(value, digits)}${space}%${of === undefined ? "" : ` of ${count(of)}`}`;
}

/**
 * Growth in per cent without its sign, "4 %": whole, but with as many digits as it takes not to read 0 % or 100 %
 * where it is neither; null for a fall of more than 99 % that left something.
 */
export function growthText(now: number, before: number): string | null {
  const ratio = (Math.abs(now - before) * 100) / before;
  if (now < before && now > 0 && ratio >= 99.5) return null;
  for (let digits = 0; ; digits++) {
    const shown = Math.round(ratio * 10 ** digits) / 10 ** digits;
    const says = (shown === 0 && ratio > 0) || (shown === 100 && ratio !== 100);
    if (!says || digits === 12)
      return `${new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }).format(shown)}${space}%`;
  }
}

/**
 * How two shares are shown, and their difference in points: with the fewest digits at which the difference of the two
 * that one reads is the one that is told.
 */
function pointsOf(now: number, before: number): { points: number; digits: number } {
  for (let digits = 0; ; digits++) {
    const scale = 10 ** digits;
    const [shown, shownBefore] = [inPoints(now, digits), inPoints(before, digits)];
    const points = Math.round((shown - shownBefore) * scale) / scale;
    const blurred = [now, before].some((share) => /[<>]/.test(percentAt(share, digits)));
    const near = digits > 0 || points === Math.round((now - before) * 100);
    if ((!blurred && near && points !== 0) || digits === 6) return { points, digits };
  }
}

function compareShares({ now, before, holdsToday }: Compared & { now: Side }): Change {
  const [value, valueBefore] = [now.value, before.value];
  const til = holdsToday ? until : "";
  const shown = (digits: number): Piece => ({ text: sideText("share", now, digits), side: "now" });
  const was = (digits: number): Piece[] => [
    { text: "was " },
    { text: sideText("share", before, digits), side: "before" },
  ];
  const none = { direction: null, word: "", exact: null };
  if (value === null && valueBefore === null) return { ...none, amount: `no answers${til}, as before`, pair: [] };
  if (value === null) return { ...none, amount: `no answers${til}`, pair: was(0) };
  if (valueBefore === null)
    return { ...none, amount: "no answers before", pair: holdsToday ? [shown(0), { text: until }] : [] };
  const { points, digits } = value === valueBefore ? { points: 0, digits: 0 } : pointsOf(value, valueBefore);
  const pair = holdsToday ? [shown(digits), { text: `${until}, ` }, ...was(digits)] : was(digits);
  if (value === valueBefore) return { direction: "same", amount: "same", word: "", pair, exact: 0 };
  const up = value > valueBefore;
  return {
    direction: up ? "up" : "down",
    amount: `${up ? "+" : "−"}${Math.abs(points)}${space}${Math.abs(points) === 1 ? "pt" : "pts"}`,
    word: up ? "better" : "worse",
    pair,
    exact: value - valueBefore,
  };
}

/** The change of a figure in words, and the pair that it was made from; everything that tells a change tells this one. */
export function changeOf(compared: Compared): Change {
  const { unit, now, before, holdsToday } = compared;
  const none = { direction: null, word: "", pair: [], exact: null };
  if (now === null) return { ...none, amount: "today so far" };
  if (unit === "share") return compareShares({ ...compared, now });
  const [value, valueBefore] = [now.value ?? 0, before.value ?? 0];
  const shown: Piece = { text: sideText(unit, now), side: "now" };
  if (valueBefore === 0 && value === 0)
    return { ...none, amount: holdsToday ? `none${until}, as before` : "none, as before" };
  if (valueBefore === 0) return { ...none, amount: "none before", pair: holdsToday ? [shown, { text: until }] : [] };
  const was: Piece[] = [{ text: "was " }, { text: sideText(unit, before), side: "before" }];
  const pair = holdsToday ? [shown, { text: `${until}, ` }, ...was] : was;
  if (value === valueBefore) return { direction: "same", amount: "same", word: "", pair, exact: 0 };
  const up = value > valueBefore;
  const grown = growthText(value, valueBefore);
  return {
    direction: up ? "up" : "down",
    amount: grown === null ? `fell by more than 99${space}%` : `${up ? "+" : "−"}${grown}`,
    word: grown === null ? "" : up ? "more" : "fewer",
    pair,
    exact: value / valueBefore - 1,
  };
}

/** "+4 % more", "same" */
export const headText = ({ amount, word }: Change): string => (word ? `${amount} ${word}` : amount);

/** "80 until yesterday, was 77" */
export const pairText = ({ pair }: Change): string => pair.map(({ text }) => text).join("");

/** In one line: "+4 %: 80 until yesterday, was 77", "+4 %, was 77", "none before". */
export function changeText(change: Change): string {
  if (change.pair.length === 0) return change.amount;
  return `${change.amount}${change.pair[0]!.text === "was " ? ", " : ": "}${pairText(change)}`;
}

/**
 * The sentence over both numbers: "Active users rose 4 % to 80 until yesterday, from 77", without its full stop.
 * @param value the figure itself, which stands there alone where no day is over yet
 */
export function changeSentence(label: string, compared: Compared, value: string): Piece[] {
  const { unit, now, before, holdsToday } = compared;
  const change = changeOf(compared);
  const til = holdsToday ? until : "";
  if (now === null) return [{ text: `${label}: ` }, { text: value, side: "now" }, { text: ", today so far" }];
  const shown = (side: "now" | "before"): Piece => {
    const piece = change.pair.find((one) => one.side === side);
    const text = piece?.text ?? sideText(unit, side === "now" ? now : before);
    return text === "0" ? { text: "none" } : { text, side };
  };
  if (change.direction === null) {
    if (change.amount.startsWith("no answers") && now.value === null)
      return [{ text: `${label}: ${changeText(change)}` }];
    return change.amount.endsWith("as before")
      ? [{ text: `${label}: ${change.amount}` }]
      : [{ text: `${label}: ` }, shown("now"), { text: `${til}, ${change.amount}` }];
  }
  if (change.direction === "same")
    return [{ text: `${label} stayed at ` }, shown("now"), ...(til ? [{ text: til }] : [])];
  const amount = change.amount.replace(/^[+−]/, "").replace(/pt(s?)$/, "point$1");
  const moved = change.amount.startsWith("fell") ? amount : `${change.direction === "up" ? "rose" : "fell"} ${amount}`;
  return [{ text: `${label} ${moved} to ` }, shown("now"), { text: `${til}, from ` }, shown("before")];
}
