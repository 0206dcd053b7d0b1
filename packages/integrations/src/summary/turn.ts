import type { Turn as Spoken } from "@twin/db/archives/summaries/conversation";

/** What one side said; `earlier` is the text of a summary that doesn't tell its sides apart. */
export type Turn = { who: Spoken["who"] | "earlier"; text: string };

const labels: Record<Turn["who"], string> = { user: "Asked", twin: "Answered", earlier: "Earlier" };
const sides = new Map(Object.entries(labels).map(([who, label]) => [label, who as Turn["who"]]));

/** Turns as the text of a summary: a line each, that says who spoke but names nobody. */
export const writeTurns = (turns: readonly Turn[]): string =>
  turns.map(({ who, text }) => `${labels[who]}: ${text.replace(/\s+/gu, " ").trim()}`).join("\n");

/** The turns of a summary's text, so that it can be summarised again together with what came later. */
export function readTurns(summary: string): Turn[] {
  return summary
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): Turn => {
      const [, label, text] = /^(\w+): (.+)$/u.exec(line) ?? [];
      const who = label === undefined ? undefined : sides.get(label);
      return who && text ? { who, text } : { who: "earlier", text: line };
    });
}
