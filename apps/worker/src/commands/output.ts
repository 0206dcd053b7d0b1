/** Writes what a command says: text for people, or one JSON document a line for programs. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** A line for people; programs don't get it. */
  say(line: string): void {
    if (!this.json) process.stdout.write(`${line}\n`);
  }

  /** A remark for people, on stderr, so that a pipe gets only the result. */
  remark(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** An event during the command, for programs. */
  event(value: Record<string, unknown>): void {
    (this.json ? process.stdout : process.stderr).write(`${JSON.stringify(value)}\n`);
  }

  /** The result: the last line for programs, `lines` for people. */
  result(value: unknown, lines: string[] = []): void {
    process.stdout.write(this.json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(""));
  }
}

/** Rows as text in columns as wide as their widest cell. */
export function table(rows: string[][]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
}
