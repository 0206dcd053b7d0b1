const isNumber = (value: string): boolean => /^-?\d+(\.\d+)?$/.test(value);

/**
 * A spreadsheet runs a cell that begins with one of these, and its cells may begin where ours don't: many split at `;` or a
 * tab, and then take quotes in the middle of a line for letters.
 */
const runs = /(^|[,;])([\s"\p{Cf}]*)(?=[=+\-@＝＋－＠])/gu;

/** One field on one line; wherever a spreadsheet splits it, it begins no formula. */
const csvField = (value: string, index: number): string => {
  // Split elsewhere, the first cell of a line is more than our first field, and no number any more.
  if (index > 0 && isNumber(value)) return value;
  const safe = value.replaceAll(/\p{Cc}+/gu, " ").replaceAll(runs, "$1$2'");
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** One line of a CSV file. The first field is a name or a day: a negative number there becomes a text. */
export const csvLine = (fields: string[]): string => `${fields.map(csvField).join(",")}\r\n`;

/** Hands rows that are shown already to the reader as a file. */
export function saveCsv(name: string, rows: string[][]): void {
  saveFile(name, new Blob([rows.map(csvLine).join("")], { type: "text/csv" }));
}

/** Hands something that was made in the browser to the reader. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
