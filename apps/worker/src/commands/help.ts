import type { Command } from "./command.ts";
import { table } from "./output.ts";

const always: string[][] = [
  ["  --json", "answer in JSON, the result on the last line"],
  ["  --help", "show this"],
];

/** How a command is called, its flags and notes; the first line is the call. */
export function helpFor({ name, words = [], flags = {}, summary, notes }: Command): string {
  const shown = Object.entries(flags).map(([flag, { type, value, help, required, multiple }]) => {
    const form = type === "string" ? `--${flag} ${value}` : `--${flag}`;
    return { form, required, multiple, row: [`  ${form}`, help] };
  });
  const call = [
    "./twinctl",
    name,
    ...words.map((word) => (word.endsWith("?") ? `[${word.slice(0, -1)}]` : word)),
    ...shown.map(({ form, required, multiple }) => (required ? form : `[${form}]${multiple ? " …" : ""}`)),
  ];
  const rows = table([...shown.map(({ row }) => row), ...always]);
  return [call.join(" "), "", summary + ".", "", ...rows, ...(notes ? ["", notes] : [])].join("\n");
}

/** A line a command. */
export function overview(commands: Command[]): string {
  const rows = commands.map(({ name, words = [], summary }) => [
    `  ./twinctl ${[name, ...words.map((word) => (word.endsWith("?") ? `[${word.slice(0, -1)}]` : word))].join(" ")}`,
    summary,
  ]);
  return [
    "Commands of AI Twin Analytics:",
    "",
    ...table(rows),
    "",
    "Each has --help and --json. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some records were rejected.",
    "They talk to DATABASE_URL, else to the running embedded server, which is started if none runs.",
  ].join("\n");
}
