import { threadReasons } from "../../slack/left-out.ts";
import type { SlackExport } from "../../slack/records.ts";

const number = new Intl.NumberFormat("en-US");
const shownAtMost = 20;
const many = (count: number, one: string) => `${number.format(count)} ${one}${count === 1 ? "" : "s"}`;

function leftOutLines({ leftOut }: SlackExport): string[] {
  const { folders, messages } = leftOut.folders;
  const lines = [
    ...[...leftOut.threads].map(
      ([reason, count]) =>
        `  ${many(count.threads, "thread")} ${threadReasons[reason]} (${many(count.messages, "message")})`,
    ),
    ...(folders > 0
      ? [`  ${many(folders, "folder")} that no list of channels names (${many(messages, "message")})`]
      : []),
    ...[...leftOut.messages].toSorted().map(([reason, count]) => `  ${many(count, "message")}: ${reason}`),
  ];
  return lines.length > 0 ? [`left out: ${many(leftOut.total, "message")}`, ...lines] : ["nothing was left out"];
}

function troubleLines({ read }: SlackExport): string[] {
  const { unreadable, damaged } = read.workspace.trouble;
  const lines = [
    ...unreadable.values(),
    ...[...damaged].map(([name, count]) => `${name} holds ${many(count, "message")} that can't be read`),
  ];
  if (lines.length === 0) return [];
  const more = lines.length > shownAtMost ? [`  … and ${number.format(lines.length - shownAtMost)} more`] : [];
  return [
    `not readable: ${many(lines.length, "file")}`,
    ...lines.slice(0, shownAtMost).map((line) => `  ${line}`),
    ...more,
  ];
}

/** Whether something of the export couldn't be read. */
export const isPartly = ({ read }: SlackExport): boolean =>
  read.workspace.trouble.unreadable.size + read.workspace.trouble.damaged.size > 0;

/** What an import tells beside the counts of its records. */
export function toldOf(slack: SlackExport): { fields: Record<string, unknown>; lines: string[] } {
  const { told, twins, leftOut, notes, read } = slack;
  const { unreadable, damaged } = read.workspace.trouble;
  return {
    fields: {
      conversations: told.conversations,
      messages: told.messages,
      twins: twins.map(({ name, bot, tally }) => ({ name, id: bot.id, messages: tally?.messages ?? 0 })),
      begun_by_others: told.begunByOthers,
      gone: told.gone,
      left_out: leftOut.toJSON(),
      unreadable: [...unreadable.keys(), ...damaged.keys()],
      notes,
    },
    lines: [
      `${many(told.conversations, "conversation")} with ${many(told.messages, "message")}, of ${twins.map(({ name }) => name).join(", ")}`,
      ...(told.begunByOthers > 0
        ? [
            `${many(told.begunByOthers, "conversation")} begun by somebody else, or with another twin, in an earlier import: that stays`,
          ]
        : []),
      ...(told.gone > 0 ? [`${many(told.gone, "message")} of earlier imports gone from this export: they stay`] : []),
      ...leftOutLines(slack),
      ...troubleLines(slack),
      ...notes,
    ],
  };
}
