import type { ReceiptLine } from "@twin/contracts/privacy";
import { archivedTables } from "../../archives/shape.ts";

export type What = ReceiptLine["what"];
/** Table -> what becomes of its rows -> how many. */
export type Counts = Record<string, Partial<Record<What, number>>>;

/** Adds to counts, in place. */
export function addCounts(counts: Counts, table: string, what: What, rows: number): void {
  if (rows === 0) return;
  const of = (counts[table] ??= {});
  of[what] = (of[what] ?? 0) + rows;
}

/** The name of a table of restored months on a receipt. */
export const restoredTable = (table: string): string => `restored.${table}`;

/** In the order of the receipt: what, and why. */
const reasons: readonly [table: string, what: What, why: string][] = [
  ["users", "erased", "name, e-mail address, company, department, time zone"],
  ["user_keys", "erased", "the keys of everything they wrote: what archives hold of it can't be read without"],
  ["twins", "erased", "nobody else used them"],
  ["twins", "emptied", "others used them: they stay as “Deleted twin” without an owner"],
  ["twin_installations", "erased", "with the twins that go"],
  ["sessions", "erased", ""],
  ["activities", "erased", "with their details"],
  ["activities", "passed_on", "others wrote in them: they pass to the next author, with id and time"],
  ["conversations", "erased", "nobody else wrote in them"],
  ["conversations", "passed_on", "title, topic and summary go; what others wrote stays"],
  ["conversations", "emptied", "summaries that may hold their words"],
  ["messages", "erased", "in conversations that go"],
  ["messages", "emptied", "words go, time and length stay, without an author: the conversation belongs to others too"],
  ["messages", "passed_on", "answers of the twin to the next author, encrypted anew under that person's key"],
  ["documents", "erased", ""],
  ["queries", "erased", ""],
  ["shared_twin_interactions", "erased", "the asking side"],
  ["shared_twin_interactions", "passed_on", "with the conversation; purpose, summary and rating go"],
  ["shared_twin_interactions", "emptied", "others asked their twins: without an owner"],
  ["feature_events", "erased", ""],
  ["external_ids", "erased", "what senders called them and theirs"],
  ["exports", "erased", "copies made for the person"],
  ["user_days", "erased", "figures of open days are computed anew without them"],
  ["user_days", "kept", "sealed days, as numbers: the link to the person is destroyed"],
  ["feature_usage", "erased", "open days"],
  ["feature_usage", "kept", "sealed days, as numbers: the link to the person is destroyed"],
  ["monthly_user_stats", "erased", "open months"],
  ["monthly_user_stats", "kept", "sealed months, as numbers: the link to the person is destroyed"],
  ["daily_metrics", "kept", "totals of sealed days, without a person"],
  ["tombstones", "kept", "hashes that keep a re-import of them out, until an owner lifts them"],
  ["audit_log", "kept", "who did what is a legal duty; it names them by a token"],
];

const archivedNames = archivedTables.map(({ name }) => name);
const inRestored: typeof reasons = reasons
  .filter(([table]) => archivedNames.includes(table))
  .map(([table, what]) => [restoredTable(table), what, "in months that were brought back from the archive"]);

/** Counts as the lines of a receipt, and their sums: rows that are deleted or lose their words, and rows that stay. */
export function linesOf(counts: Counts): { lines: ReceiptLine[]; rows_gone: number; rows_kept: number } {
  const lines = [...reasons, ...inRestored].flatMap(([table, what, why]) => {
    const rows = counts[table]?.[what] ?? 0;
    return rows === 0 ? [] : [{ table, rows, what, why }];
  });
  const sum = (isCounted: (line: ReceiptLine) => boolean) =>
    lines.filter(isCounted).reduce((total, { rows }) => total + rows, 0);
  return {
    lines,
    rows_gone: sum(({ what }) => what === "erased" || what === "emptied"),
    rows_kept: sum(({ what }) => what === "kept" || what === "passed_on"),
  };
}
