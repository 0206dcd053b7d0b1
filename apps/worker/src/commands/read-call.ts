import { parseArgs } from "node:util";
import { type Call, type Command, UsageError } from "./command.ts";
import type { Output } from "./output.ts";

/** Checks what was typed against the command's declaration. Throws `UsageError` with what is wrong. */
export function readCall(command: Command, typed: string[], out: Output): Call {
  const { name, words: wanted = [], flags = {} } = command;
  const options = Object.fromEntries(
    Object.entries(flags).map(([flag, { type, multiple = false }]) => [flag, { type, multiple }]),
  );
  let parsed: { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: typed, options: { ...options, json: { type: "boolean" } }, allowPositionals: true });
  } catch (error) {
    const [, flag] = /^(?:Unknown option|Option) '(-[^ ']*)/.exec((error as Error).message) ?? [];
    const isUnknown = (error as { code?: string }).code === "ERR_PARSE_ARGS_UNKNOWN_OPTION";
    throw new UsageError(
      isUnknown ? `${name} has no flag ${flag}` : (error as Error).message.split(/[.\n] ?/)[0]!.replace(/^Option /, ""),
    );
  }
  const words = parsed.positionals.slice(name.split(" ").length);
  const missing = wanted[words.length];
  if (missing !== undefined && !missing.endsWith("?")) throw new UsageError(`${name} needs ${missing}`);
  if (words.length > wanted.length) throw new UsageError(`${name} has no place for "${words[wanted.length]}"`);
  const text = (flag: string) => {
    const value = parsed.values[flag];
    if (value === "") throw new UsageError(`--${flag} must not be empty`);
    return typeof value === "string" ? value : undefined;
  };
  const texts = (flag: string) => {
    const values = [parsed.values[flag] ?? []].flat().filter((value) => typeof value === "string");
    if (values.includes("")) throw new UsageError(`--${flag} must not be empty`);
    return values;
  };
  for (const [flag, { required, value }] of Object.entries(flags))
    if (required && text(flag) === undefined) throw new UsageError(`${name} needs --${flag} ${value}`);
  return { words, text, texts, given: (flag) => text(flag)!, isSet: (flag) => parsed.values[flag] === true, out };
}
