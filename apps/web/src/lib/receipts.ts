import type { Receipt, ReceiptFigure } from "@twin/contracts/receipts";
import { metricsPath } from "@twin/contracts/wire";
import { clock, clockSeconds, count, dayOf, dayText, plural } from "@twin/wording/format";
import type { Query } from "./links.ts";

/** Figures of the Overview, and what each is called where it is stored. */
const stored = {
  users: "total_active_users",
  conversations: "total_conversations",
  messages: "total_messages",
  documents: "total_documents_drafted",
  helpful: "helpful",
} as const satisfies Record<string, ReceiptFigure>;

/** The stored figure behind one of the Overview; null where there is none. */
export const receiptOf = (key: string | null): ReceiptFigure | null =>
  key !== null && Object.hasOwn(stored, key) ? stored[key as keyof typeof stored] : null;

/** A receipt is one of a stored figure, without filters. */
export const hasReceipt = (key: string, params: Query): boolean =>
  receiptOf(key) !== null && !["platform", "department", "twin", "user"].some((name) => params.has(name));

/** Where the product says what a figure means. */
export const meaningOf = (figure: ReceiptFigure): string => `${metricsPath}#${figure}`;

const states = {
  live: "Live: today, still in progress",
  open: "Open: whatever comes late corrects it",
  sealed: "Sealed: final",
};
const stateOf = ({ start_date, end_date, days }: Receipt): string => {
  if (start_date === end_date) return states[days.sealed ? "sealed" : days.live ? "live" : "open"];
  return [
    ...(days.sealed ? [`${plural(days.sealed, "day")} sealed: final`] : []),
    ...(days.open ? [`${plural(days.open, "day")} open: whatever comes late corrects it`] : []),
    ...(days.live ? ["today live"] : []),
  ].join("; ");
};

/** "1,842", or "yes 12, no 3" */
export const receiptValue = (value: Receipt["value"]): string =>
  typeof value === "number"
    ? count(value)
    : Object.entries(value)
        .map(([name, one]) => `${name} ${count(one)}`)
        .join(", ") || "none";

/** What a receipt says, line by line. */
export function receiptLines(receipt: Receipt, today: string): [string, string][] {
  const { timezone: zone, job, recomputed, value } = receipt;
  const moment = (instant: string) => {
    const day = dayOf(instant, zone);
    return `${day === today ? "today" : dayText(day)}, ${clockSeconds(instant, zone)}`;
  };
  const day = (instant: string) => `${dayText(dayOf(instant, zone), false)} ${clock(instant, zone)}`;
  const one = receipt.start_date === receipt.end_date;
  const same = JSON.stringify(recomputed) === JSON.stringify(value);
  return [
    [one ? "The day" : "The days", `${day(receipt.from)} to ${day(receipt.to)}, ${zone}`],
    ...receipt.sources.map(({ table, rows }): [string, string] => [
      "Made from",
      `${table}: ${rows === null ? "raw rows purged by policy" : plural(rows, "raw row")}`,
    ]),
    ["Computed", receipt.computed_at ? moment(receipt.computed_at) : "not yet: nothing came in"],
    ...(job ? [["By", `${job.task}, run ${job.id}`] as [string, string]] : []),
    ["Last record", receipt.last_record_at ? moment(receipt.last_record_at) : "none"],
    ["State", stateOf(receipt)],
    [
      one ? "Recomputed now" : "From raw rows",
      recomputed === null
        ? one
          ? "not done: the day is final"
          : "day by day: the table of the chart asks why of each"
        : same
          ? `${receiptValue(recomputed)}, the same`
          : `${receiptValue(recomputed)}: the figure follows in a moment`,
    ],
  ];
}
