import type { Receipt, ReceiptFigure } from "@twin/contracts/receipts";
import { clock, clockSeconds, count, dayOf, dayText, plural } from "./format.ts";

/** Figures of the Overview that are stored day by day, and what each is called there. */
const stored = {
  users: "total_active_users",
  conversations: "total_conversations",
  messages: "total_messages",
  documents: "total_documents_drafted",
} as const satisfies Record<string, ReceiptFigure>;

/** The stored figure behind one of the Overview; null where there is none. */
export const receiptOf = (key: string | null): ReceiptFigure | null =>
  key !== null && Object.hasOwn(stored, key) ? stored[key as keyof typeof stored] : null;

const states: Record<Receipt["state"], string> = {
  live: "Live: today, still in progress",
  open: "Open: whatever comes late corrects it",
  sealed: "Sealed: final",
};

const valueText = (value: Receipt["value"]): string =>
  typeof value === "number"
    ? count(value)
    : Object.entries(value)
        .map(([name, one]) => `${name} ${count(one)}`)
        .join(", ") || "none";

/** What a receipt says, line by line. */
export function linesOf(receipt: Receipt, today: string): [string, string][] {
  const { timezone: zone, job, recomputed, value } = receipt;
  const moment = (instant: string) => {
    const day = dayOf(instant, zone);
    return `${day === today ? "today" : dayText(day)}, ${clockSeconds(instant, zone)}`;
  };
  const day = (instant: string) => `${dayText(dayOf(instant, zone), false)} ${clock(instant, zone)}`;
  const same = JSON.stringify(recomputed) === JSON.stringify(value);
  return [
    ["The day", `${day(receipt.from)} to ${day(receipt.to)}, ${zone}`],
    ...receipt.sources.map(({ table, rows }): [string, string] => [
      "Made from",
      `${table}: ${rows === null ? "raw rows purged by policy" : plural(rows, "raw row")}`,
    ]),
    ["Computed", receipt.computed_at ? moment(receipt.computed_at) : "not yet: nothing came in"],
    ...(job ? [["By", `${job.task}, run ${job.id}`] as [string, string]] : []),
    ["Last record", receipt.last_record_at ? moment(receipt.last_record_at) : "none"],
    ["State", states[receipt.state]],
    [
      "Recomputed now",
      recomputed === null
        ? "not done: the day is final"
        : same
          ? `${valueText(recomputed)}, the same`
          : `${valueText(recomputed)}: the figure follows in a moment`,
    ],
  ];
}
