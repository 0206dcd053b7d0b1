import { closeSync, openSync, writeSync } from "node:fs";
import type { Rejection } from "@twin/contracts/ingest";
import { Failure } from "../command.ts";

/** Rejections that a result carries; `--rejects` keeps all of them. */
export const listedAtMost = 10_000;

/** Collects rejected records: a count, a list of the first, and all of them with their records in a file if one was named. */
export class Rejects {
  count = 0;
  readonly listed: Rejection[] = [];
  readonly byCode = new Map<string, number>();
  private readonly file: number | null;

  constructor(path: string | undefined) {
    try {
      this.file = path === undefined ? null : openSync(path, "w", 0o600);
    } catch (error) {
      throw new Failure(`The file for rejected records cannot be written: ${(error as Error).message}.`);
    }
  }

  /** `what` is the record, or the line where it isn't one. */
  add(rejection: Rejection, what: { record: unknown } | { line: string | null }): void {
    this.count++;
    this.byCode.set(rejection.code, (this.byCode.get(rejection.code) ?? 0) + 1);
    if (this.listed.length < listedAtMost) this.listed.push(rejection);
    if (this.file !== null) writeSync(this.file, `${JSON.stringify({ ...rejection, ...what })}\n`);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
  }
}
