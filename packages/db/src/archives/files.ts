import type { PageSize } from "./live-rows.ts";
import type { ArchivedTable, Row } from "./shape.ts";

/** A file's size and SHA-256, as hexadecimal digits. */
export type FileFacts = { bytes: number; sha256: string };

/** A file of one table that is being written; nobody sees it under its path before it is finished. */
export type TableWriter = {
  /** Rows in the order of the table; holds back at most one group of rows. */
  append(rows: readonly Row[]): Promise<void>;
  /** Writes it out, durably. */
  finish(): Promise<FileFacts>;
  /** Lets go of it without a trace; after `finish` it does nothing. */
  abandon(): Promise<void>;
};

/** A file of one table, proven to be what was written. */
export type TableReader = {
  /** Rows in their order, a group at a time. @throws DamagedFile */
  groups(): AsyncGenerator<Row[]>;
  close(): Promise<void>;
};

/**
 * Where archives lie, and how rows become files there and rows again. It knows nothing of PostgreSQL, and is handed to
 * the verbs, because a folder or bucket is reached by the worker and by twinctl alone.
 */
export type Archive = {
  /** The place, for people: a folder, or a bucket's address. */
  where: string;
  create(path: string, table: ArchivedTable): Promise<TableWriter>;
  /** @throws DamagedFile where it is missing or isn't byte for byte what `facts` say */
  open(path: string, table: ArchivedTable, facts: FileFacts): Promise<TableReader>;
  writeText(path: string, text: string): Promise<void>;
  /** @throws DamagedFile where it is missing */
  readText(path: string): Promise<string>;
  /** Removes what is there of these, half-written ones too; what isn't there is no error. */
  remove(paths: readonly string[]): Promise<void>;
  /**
   * Lets go of what killed runs left on its way: half-sent files whose path is ours, and copies, from before a time.
   * @returns how many
   */
  tidy(isOurs: (path: string) => boolean, before: Date): Promise<number>;
};

/** What whoever writes archives, or deletes by them, is given. */
export type ArchiveContext = {
  /** Decides what is due. */
  now: Date;
  /** Aborted when the work shall stop: it ends after the transaction that runs. */
  signal: AbortSignal;
  /** Told of each place where a fault would leave something half-way, as `noun:done`; for tests that kill there. */
  reached: (place: string) => void | Promise<void>;
  /** What of one table is in memory at once; the usual where it isn't said. */
  pageSize?: PageSize;
};

/** A file of an archive that isn't what it has to be. */
export class DamagedFile extends Error {
  override name = "DamagedFile";
  readonly path: string;

  constructor(path: string, what: string, cause?: unknown) {
    super(`${path} ${what}`, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}
