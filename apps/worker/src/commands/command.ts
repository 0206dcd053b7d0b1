import type { Output } from "./output.ts";

/** A flag of a command. */
export interface Flag {
  type: "string" | "boolean";
  /** The word for its value in the help. */
  value?: string;
  help: string;
  required?: boolean;
  /** May be given several times. */
  multiple?: boolean;
}

/** What the person typed, checked against the command's declaration. */
export interface Call {
  words: string[];
  text(flag: string): string | undefined;
  /** Every value of a flag that may be given several times. */
  texts(flag: string): string[];
  /** A flag that is declared as required. */
  given(flag: string): string;
  isSet(flag: string): boolean;
  out: Output;
}

/** Exit codes: all done, failed, wrong usage, done but for some records. */
export const exit = { ok: 0, failed: 1, usage: 2, partly: 3 } as const;

export interface Command {
  /** One or two words, like `import slack`. */
  name: string;
  summary: string;
  /** Words after the name, by name; one that ends in `?` may be left out. */
  words?: string[];
  flags?: Record<string, Flag>;
  /** Further lines of the help. */
  notes?: string;
  run(call: Call): Promise<number>;
}

/** Ends a command with exit code 1; the message is one sentence for the person at the terminal. */
export class Failure extends Error {}

/** Ends a command with exit code 2: it was called in a wrong way. */
export class UsageError extends Error {}
