import type { ErasureReceipt } from "@twin/contracts/privacy";
import { count, plural } from "@twin/wording/format";

/** "0041" */
export const receiptNumber = (number: number): string => String(number).padStart(4, "0");

/** "646 rows go, 12 stay without a person." */
export function receiptText({ rows_gone, rows_kept }: Pick<ErasureReceipt, "rows_gone" | "rows_kept">, draft: boolean) {
  const gone = `${plural(rows_gone, "row")} ${draft ? (rows_gone === 1 ? "goes" : "go") : "went"}`;
  if (rows_kept === 0) return `${gone}, ${draft ? "nothing stays" : "nothing stayed"}.`;
  return `${gone}, ${count(rows_kept)} ${draft ? (rows_kept === 1 ? "stays" : "stay") : "stayed"} without a person.`;
}
