import type { PageSize } from "./live-rows.ts";
import type { ArchivedTable, TableRow } from "./shape.ts";

/** A file's size and SHA-256, as hexadecimal digits. */
export type FileFacts = { bytes: number; sha256: string };

/** A file of one table while it is written; under its path it appears only when it is finished. */
export type TableWriter = {
  /** Adds rows in the order of the table; keeps at most one group of rows in memory. */
  append(rows: readonly TableRow[]): Promise<void>;
  /** Finishes the file, durably. */
  finish(): Promise<FileFacts>;
  /** Deletes what was written; after `finish` it does nothing. */
  abandon(): Promise<void>;
};

/** A file of one table whose size and SHA-256 were checked. */
export type TableReader = {
  /** Rows in their order, a group at a time. @throws DamagedFile */
  groups(): AsyncGenerator<TableRow[]>;
  close(): Promise<void>;
};

/**
 * Where archives lie, and how rows become files and rows again. It knows nothing of PostgreSQL. The verbs are given it,
 * because only the worker and twinctl reach the folder or bucket.
 */
export type Archive = {
  /** Where it is, for people: a folder, or a bucket's address. */
  where: string;
  create(path: string, table: ArchivedTable): Promise<TableWriter>;
  /** @throws DamagedFile where it is missing or isn't byte for byte what `facts` say */
  open(path: string, table: ArchivedTable, facts: FileFacts): Promise<TableReader>;
  writeText(path: string, text: string): Promise<void>;
  /** @throws DamagedFile where it is missing */
  readText(path: string): Promise<string>;
  /** Deletes these files, half-written ones too; a missing one is no error. */
  remove(paths: readonly string[]): Promise<void>;
  /** Deletes what killed runs left behind before a time: half-sent files under our paths, and copies. @returns how many */
  tidy(isOurs: (path: string) => boolean, before: Date): Promise<number>;
};

/** What writing archives, and purging by them, needs. */
export type ArchiveContext = {
  /** The time that decides what is due. */
  now: Date;
  /** Aborted when the work must stop: it ends after the current transaction. */
  signal: AbortSignal;
  /** Called at each place where a crash would leave something half-done, as `noun:done`; tests kill there. */
  reached: (place: string) => void | Promise<void>;
  /** How much of one table is in memory at once; there is a default. */
  pageSize?: PageSize;
};

/** A file of an archive that differs from what was written. */
export class DamagedFile extends Error {
  override name = "DamagedFile";
  readonly path: string;

  constructor(path: string, what: string, cause?: unknown) {
    super(`${path} ${what}`, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}
