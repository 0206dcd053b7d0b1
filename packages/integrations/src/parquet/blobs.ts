/** Where files lie: a folder, or a bucket. Paths are relative, with slashes. */
export type Blobs = {
  where: string;
  /** Where a file is written before it is put; in the folder itself, so that putting it is a rename. */
  draft(path: string): Promise<string>;
  /** Puts a finished draft under its path, durably and at once or not at all; the draft is gone afterwards. */
  put(path: string, draft: string): Promise<void>;
  /** A local copy to read, or null where there is none; `release` when done. */
  fetch(path: string): Promise<{ file: string; release(): Promise<void> } | null>;
  /** Removes a file and its draft; no error where there is none. */
  remove(path: string): Promise<void>;
  /** Gives up uploads of paths that are ours and copies, begun before a time by whoever is gone. @returns how many */
  tidy(isOurs: (path: string) => boolean, before: Date): Promise<number>;
};
