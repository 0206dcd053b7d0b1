import type { Readable } from "node:stream";

/** An export that cannot be read; the message is one sentence for the person who gave it. */
export class BadExport extends Error {}

/** One file of an export may unpack to this many bytes: a day of a very busy channel is a tenth of it. */
export const fileBytes = 128 * 1024 * 1024;
/** All files of an export together; beyond this it is a bomb or should be imported in parts. */
export const totalBytes = 64 * 1024 ** 3;

/** The files of an export, by their path inside it, whether they lie in a zip or in a folder. */
export interface ExportFiles {
  names: readonly string[];
  open(name: string): Promise<Readable>;
  close(): void;
}
