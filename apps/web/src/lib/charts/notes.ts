import type { Annotation } from "@twin/contracts/annotations";
import { dayText } from "@twin/wording/format";

export type Note = Annotation;
/** Where one or more notes stand on the axis. */
export type Noted = { index: number; notes: Note[] };

type Bucket = { index: number; start: string; end: string };

/** The notes of each bucket that has any, in the order of the axis. */
export const notedOf = (points: readonly Bucket[], notes: readonly Note[]): Noted[] =>
  points.flatMap(({ index, start, end }) => {
    const within = notes.filter(({ day }) => day >= start && day <= end).toReversed();
    return within.length > 0 ? [{ index, notes: within }] : [];
  });

/** The notes of one bucket, in a line; empty where there is none. */
export const notesAt = (noted: readonly Noted[], index: number): string =>
  noted
    .find((one) => one.index === index)
    ?.notes.map(({ text }) => text)
    .join("; ") ?? "";

/** All of them in words, for who doesn't see the marks. */
export const notesInWords = (noted: readonly Noted[]): string =>
  noted
    .flatMap(({ notes }) => notes)
    .map(({ day, text }) => `${dayText(day)}: ${text}`)
    .join(". ");
