import type { Readable } from "node:stream";

/** An export that cannot be read; the message is one sentence for the person who gave it. */
export class BadExport extends Error {}

/** One file of an export that cannot be read; the message says which and why. The others are read all the same. */
export class BadFile extends Error {
  readonly file: string;
  constructor(file: string, reason: string) {
    super(`${file} ${reason}`);
    this.file = file;
  }
}

/** The files of an export, by their path inside it, whether they lie in a zip or in a folder. */
export interface ExportFiles {
  /** Paths with `/`, in NFC, sorted. */
  names: readonly string[];
  /** Some of the files that no export of Slack's has: they tell what this is instead. */
  others: readonly string[];
  /** What the reader of the summary should know. */
  notes: string[];
  /** Bytes of a file, unpacked. */
  size(name: string): number;
  /** @throws BadFile */
  open(name: string): Promise<Readable>;
  close(): void;
}

/** A path as it is known here: with `/`, and composed, as names in lists may be written otherwise than in the zip. */
export const pathOf = (name: string): string => name.replaceAll("\\", "/").replace(/^\.\//, "").normalize("NFC");

const junk = /(?:^|\/)(?:__MACOSX|__uploads|\.git)\/|(?:^|\/)\._[^/]*$/;
/** Whether a file may belong to an export; what the Finder and other tools put beside isn't looked at. */
export const isOfExport = (path: string): boolean =>
  !junk.test(path) && (/\.json$/i.test(path) || /(?:^|\/)twins\.csv$/i.test(path));

export const othersAtMost = 200;
