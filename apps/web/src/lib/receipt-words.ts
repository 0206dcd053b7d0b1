import type { Receipt, ReceiptFigure } from "@twin/contracts/receipts";
import { metricsPath } from "@twin/contracts/wire";
import { clock, clockSeconds, count, dayOf, dayText, plural } from "@twin/wording/format";

// Loaded only when somebody asks why.

/** Where the product says what a figure means. */
export const meaningOf = (figure: ReceiptFigure): string => `${metricsPath}#${figure}`;

/** What the rows of a table are to whoever reads the dashboard: one, and several. */
const rowNames: Record<string, [string, string]> = {
  sessions: ["session", "sessions"],
  activities: ["activity", "activities"],
  messages: ["message", "messages"],
  documents: ["document", "documents"],
  queries: ["query", "queries"],
  shared_twin_interactions: ["answer of a shared twin", "answers of shared twins"],
  users: ["person", "people"],
  twin_installations: ["installation", "installations"],
};

const counted = ({ sources: [source] }: Receipt): string => {
  if (!source) return "";
  const [one, several] = rowNames[source.table] ?? ["record", "records"];
  return source.rows === null
    ? `The ${several} behind it were deleted by policy; the number stays.`
    : `Counted from ${plural(source.rows, one, several)}.`;
};

const mayChange = ({ start_date, end_date, days }: Receipt): string => {
  if (start_date === end_date)
    return days.sealed
      ? "It is final."
      : days.live
        ? "Today isn’t over: it still changes."
        : "It changes if something of that day still comes in.";
  if (!days.open && !days.live) return "It is final.";
  const final = days.sealed ? `${plural(days.sealed, "day is", "days are")} final; the others change` : "It changes";
  return `${final} ${days.live ? "today, and " : ""}if something of ${days.sealed ? "them" : "these days"} still comes in.`;
};

const checked = ({ recomputed, value }: Receipt): string =>
  recomputed === null
    ? ""
    : JSON.stringify(recomputed) === JSON.stringify(value)
      ? "Counted anew just now, it is the same."
      : `Counted anew just now, it is ${receiptValue(recomputed)}: the number follows in a moment.`;

/**
 * Why a number is what it is, in sentences for whoever reads the dashboard.
 * @param asked what narrows it down, as the chips say it; empty where nothing does
 */
export function receiptSentences(receipt: Receipt, today: string, asked: string): string[] {
  const { timezone: zone, last_record_at: last, not_applied } = receipt;
  const day = last && dayOf(last, zone);
  return [
    counted(receipt),
    asked ? `Only where ${asked}.` : "",
    ...not_applied.map(({ why }) => `A filter isn’t applied: ${why}.`),
    last ? `The newest of it came in ${day === today ? "today" : dayText(day!)} at ${clock(last, zone)}.` : "",
    mayChange(receipt),
    checked(receipt),
  ].filter(Boolean);
}

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
