import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rejection } from "@twin/contracts/ingest";
import { splitLines } from "./lines.ts";

/** A record that waits for something that it refers to. */
export interface Waiting {
  index: number;
  record: unknown;
  /** What was unknown; a reference without a path into `conversation.messages` belongs to the whole record. */
  unknown: Rejection[];
}

const heldBytes = 8_000_000;

/** Keeps waiting records in memory while they are few, and in a temporary file beyond that. */
export class Spool {
  size = 0;
  private held: string[] = [];
  private bytes = 0;
  private folder: string | null = null;
  private file = -1;

  add(waiting: Waiting): void {
    const line = JSON.stringify(waiting);
    this.size++;
    this.held.push(line);
    this.bytes += line.length;
    if (this.bytes > heldBytes) this.flush();
  }

  /** Every record in the order in which they came. */
  async *records(): AsyncGenerator<Waiting> {
    if (this.folder) {
      this.flush();
      for await (const lines of splitLines(createReadStream(join(this.folder, "waiting")), Infinity))
        for (const { text } of lines) yield JSON.parse(text!.toString()) as Waiting;
    } else for (const line of this.held) yield JSON.parse(line) as Waiting;
  }

  close(): void {
    this.held = [];
    if (!this.folder) return;
    closeSync(this.file);
    rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
  }

  private flush(): void {
    if (this.held.length === 0) return;
    if (!this.folder) {
      this.folder = mkdtempSync(join(tmpdir(), "twinctl-"));
      this.file = openSync(join(this.folder, "waiting"), "w", 0o600);
    }
    writeSync(this.file, `${this.held.join("\n")}\n`);
    this.held = [];
    this.bytes = 0;
  }
}
