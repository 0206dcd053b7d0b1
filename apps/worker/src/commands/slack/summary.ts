import { threadReasons } from "@twin/integrations/slack/left-out";
import type { SlackExport } from "@twin/integrations/slack/records";
import { count, plural } from "@twin/wording/format";

const shownAtMost = 20;

function leftOutLines({ leftOut }: SlackExport): string[] {
  const { folders, messages } = leftOut.folders;
  const lines = [
    ...[...leftOut.threads].map(
      ([reason, count]) =>
        `  ${plural(count.threads, "thread")} ${threadReasons[reason]} (${plural(count.messages, "message")})`,
    ),
    ...(folders > 0
      ? [`  ${plural(folders, "folder")} that no list of channels names (${plural(messages, "message")})`]
      : []),
    ...[...leftOut.messages].toSorted().map(([reason, count]) => `  ${plural(count, "message")}: ${reason}`),
  ];
  return lines.length > 0 ? [`left out: ${plural(leftOut.total, "message")}`, ...lines] : ["nothing was left out"];
}

function troubleLines({ read }: SlackExport): string[] {
  const { unreadable, damaged } = read.workspace.trouble;
  const lines = [
    ...unreadable.values(),
    ...[...damaged].map(([name, count]) => `${name} holds ${plural(count, "message")} that can't be read`),
  ];
  if (lines.length === 0) return [];
  const more = lines.length > shownAtMost ? [`  … and ${count(lines.length - shownAtMost)} more`] : [];
  return [
    `not readable: ${plural(lines.length, "file")}`,
    ...lines.slice(0, shownAtMost).map((line) => `  ${line}`),
    ...more,
  ];
}

/** Whether something of the export couldn't be read. */
export const isPartly = ({ read }: SlackExport): boolean =>
  read.workspace.trouble.unreadable.size + read.workspace.trouble.damaged.size > 0;

/** What an import prints beside the counts of its records. */
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
      `${plural(told.conversations, "conversation")} with ${plural(told.messages, "message")}, of ${twins.map(({ name }) => name).join(", ")}`,
      ...(told.begunByOthers > 0
        ? [
            `${plural(told.begunByOthers, "conversation")} begun by somebody else, or with another twin, in an earlier import: that stays`,
          ]
        : []),
      ...(told.gone > 0 ? [`${plural(told.gone, "message")} of earlier imports gone from this export: they stay`] : []),
      ...leftOutLines(slack),
      ...troubleLines(slack),
      ...notes,
    ],
  };
}
