import { commands } from "./commands/all.ts";
import { exit, Failure, UsageError } from "./commands/command.ts";
import { helpFor, overview } from "./commands/help.ts";
import { Output } from "./commands/output.ts";
import { readCall } from "./commands/read-call.ts";
import { isBadRequest, sentenceOf } from "./commands/sentence.ts";

// The command line: finds the command, checks what was typed, runs it, and turns the result or error into an exit code.

const words = process.argv.slice(2);
const json = words.includes("--json");

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  return code;
}

async function main(): Promise<number> {
  const asked = words.filter((word) => !word.startsWith("-"));
  const command = commands.find(({ name }) => name.split(" ").every((word, at) => asked[at] === word));
  const wantsHelp = words.some((word) => word === "--help" || word === "-h") || asked[0] === "help";
  if (command && wantsHelp) return say(helpFor(command));
  const family = commands.filter(({ name }) => name.split(" ")[0] === (asked[0] === "help" ? asked[1] : asked[0]));
  if (wantsHelp) return say(overview(family.length > 0 ? family : commands));
  if (asked.length === 0) return fail(overview(commands), exit.usage);
  if (!command) {
    if (family.length === 0) return fail(`There is no command ${asked[0]}. ./twinctl --help lists them.`, exit.usage);
    return fail(`${asked[0]} needs one of: ${family.map(({ name }) => name.split(" ")[1]).join(", ")}.`, exit.usage);
  }
  try {
    return await command.run(readCall(command, words, new Output(json)));
  } catch (error) {
    if (error instanceof UsageError)
      return fail(`${error.message}\nUsage: ${helpFor(command).split("\n")[0]}`, exit.usage);
    if (error instanceof Failure) return fail(error.message, exit.failed);
    return fail(sentenceOf(error), isBadRequest(error) ? exit.usage : exit.failed);
  }
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return exit.ok;
}

// A reader that stops early (`twinctl … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? exit.ok : exit.failed),
);
process.exitCode = await main();
